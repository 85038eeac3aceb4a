import type { ApiContext } from '../context.ts';
import { presentDoctor } from '../present-doctor.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS } from '../schemas/common.ts';
import { DoctorBody } from '../schemas/doctor.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const DOCTOR = {
  summary:
    'What arrives from the sensors since the start, what is missing, and what to do about it',
  tags: ['service'],
  response: { 200: DoctorBody, ...ERRORS },
};

/** What the sensors send and what they should send. */
export function doctorRoutes(app: ApiInstance, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/doctor',
    config: { role: 'read' },
    schema: DOCTOR,
    handler: async (request) => presentDoctor(context.arrivals(identityOf(request).scope)),
  });
}

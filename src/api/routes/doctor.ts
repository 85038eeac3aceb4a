import { MICROS_PER_SECOND, type Micros } from '../../model/micros.ts';
import type { ApiContext } from '../context.ts';
import { presentDoctor } from '../present-doctor.ts';
import { identityOf } from '../route-role.ts';
import { ERRORS } from '../schemas/common.ts';
import { DoctorBody } from '../schemas/doctor.ts';
import type { ApiInstance } from '../typebox-provider.ts';

const HOUR: Micros = 3_600 * MICROS_PER_SECOND;

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
    handler: async (request) => {
      const { scope } = identityOf(request);
      const gapsLastHour = await context.reader.countCoverage(scope, context.now() - HOUR);
      const { clusters } = scope;
      const files = context
        .live()
        .files.filter(({ cluster }) => clusters === null || clusters.includes(cluster));
      return presentDoctor(context.arrivals(scope), { gapsLastHour, files });
    },
  });
}

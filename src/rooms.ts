import { LIMITS } from './config/limits.ts';
import { createCorrelateRoom } from './correlate/correlate-room.ts';
import { createDetectRoom } from './detect/detect-room.ts';
import { createEnrichRoom } from './enrich/enrich-room.ts';
import { createIncidentsRoom } from './incidents/incidents-room.ts';
import type { CoreSettings } from './model/observation.ts';
import { createOrderRoom } from './order/order-room.ts';
import type { RecoverableRooms } from './recovery.ts';
import { createSensorsRoom } from './sensors/sensors-room.ts';

/** Fresh rooms with no past. `settings` hold until the first settings record says otherwise. */
export function createRooms(settings: CoreSettings): RecoverableRooms {
  return {
    sensors: createSensorsRoom({ faults: new Set() }),
    order: createOrderRoom({ limits: LIMITS }),
    enrich: createEnrichRoom({ limits: LIMITS }),
    detect: createDetectRoom(),
    correlate: createCorrelateRoom(),
    incidents: createIncidentsRoom({ settings, limits: LIMITS }),
  };
}

import type { EventsOrigin, SensorName } from '../model/origin.ts';

/** Lanes remembered so that events share their text; forgetting them changes no answer. */
const LANES_MAX = 4096;
const SEPARATOR = '\0';

/** Names lanes: carrier, partition, sensor, cluster and node, joined by NUL. */
export class Lanes {
  private readonly byNode = new Map<string, string>();
  private prefix = '';
  private origin: EventsOrigin | null = null;
  private sensor: SensorName | null = null;

  laneOf(origin: EventsOrigin, sensor: SensorName, node: string): string {
    if (origin !== this.origin || sensor !== this.sensor) this.changePrefix(origin, sensor);
    const known = this.byNode.get(node);
    if (known !== undefined) return known;
    const lane = this.prefix + node;
    if (this.byNode.size >= LANES_MAX) this.byNode.clear();
    this.byNode.set(node, lane);
    return lane;
  }

  private changePrefix(origin: EventsOrigin, sensor: SensorName): void {
    const prefix =
      [origin.carrier, origin.partition, sensor, origin.cluster].join(SEPARATOR) + SEPARATOR;
    if (prefix !== this.prefix) this.byNode.clear();
    this.prefix = prefix;
    this.origin = origin;
    this.sensor = sensor;
  }
}

import type { EventsOrigin, SensorName } from '../model/origin.ts';

/** Lanes remembered so that events share their text; forgetting them changes no answer. */
const LANES_MAX = 4096;
const SEPARATOR = '\0';

export interface Lane {
  readonly name: string;
  readonly node: string;
}

/** Names lanes of one sensor: carrier, partition, sensor, cluster and node, joined by NUL. */
export class Lanes {
  private readonly sensor: SensorName;
  private readonly byNode = new Map<string, Lane>();
  private prefix = '';
  private origin: EventsOrigin | null = null;

  constructor(sensor: SensorName) {
    this.sensor = sensor;
  }

  laneOf(origin: EventsOrigin, node: string): Lane {
    if (origin !== this.origin) this.changeOrigin(origin);
    const known = this.byNode.get(node);
    if (known !== undefined) return known;
    const lane = { name: this.prefix + node, node };
    if (this.byNode.size >= LANES_MAX) this.byNode.clear();
    this.byNode.set(node, lane);
    return lane;
  }

  private changeOrigin(origin: EventsOrigin): void {
    const { carrier, partition, cluster } = origin;
    const prefix = [carrier, partition, this.sensor, cluster].join(SEPARATOR) + SEPARATOR;
    if (prefix !== this.prefix) this.byNode.clear();
    this.prefix = prefix;
    this.origin = origin;
  }
}

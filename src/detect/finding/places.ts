import type { Enrichment } from '../../model/batch.ts';
import type { Entity, Where } from '../../model/finding.ts';
import type { PodContext } from '../../model/pod-context.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import { entityOf, whereOf } from './place.ts';
import { placeWords } from './sentence.ts';
import { targetPlaceWords } from './target-sentence.ts';

/** What findings in one place have in common; they share it. */
export interface Place {
  readonly entity: Entity;
  readonly where: Where;
  /** How a sentence ends that tells of it. */
  readonly words: string;
}

interface Remembered extends Place {
  readonly containerName: string | null;
  readonly containerId: string | null;
}

const REMEMBERED_MAX = 8192;

/**
 * The places of findings. Events of one container share the words that tell of their pod, so by
 * these words the place is found again and not put together anew for each finding. Forgetting one
 * changes no answer.
 */
export class Places {
  private readonly byPod = new Map<PodContext, Remembered>();

  of(event: SecurityEvent, enrichment: Enrichment | null): Place {
    // What an entry of a log is about stands in the entry itself.
    if (event.target !== null) return placeOf(event, enrichment);
    const pod = enrichment?.pod;
    const known = pod === undefined ? undefined : this.byPod.get(pod);
    if (known !== undefined && isOf(known, event)) return known;
    const place = placeOf(event, enrichment);
    if (pod !== undefined) {
      if (this.byPod.size >= REMEMBERED_MAX) this.byPod.clear();
      this.byPod.set(pod, place);
    }
    return place;
  }
}

/** Beside the words about the pod a place depends on these words of the event itself. */
function isOf({ where, containerName, containerId }: Remembered, event: SecurityEvent): boolean {
  const { container } = event;
  return (
    where.cluster === event.cluster &&
    (where.node ?? '') === event.node &&
    containerName === (container === null ? null : container.name) &&
    containerId === (container === null ? null : container.id)
  );
}

function placeOf(event: SecurityEvent, enrichment: Enrichment | null): Remembered {
  const entity = entityOf(event, enrichment);
  return {
    entity,
    where: whereOf(event, enrichment),
    words:
      event.target === null || entity.kind === 'pod'
        ? placeWords(entity.label)
        : targetPlaceWords(event.target),
    containerName: event.container?.name ?? null,
    containerId: event.container?.id ?? null,
  };
}

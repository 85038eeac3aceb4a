import { countJournal, type JournalCount } from './independent-journal.ts';
import { type LedgerBody, MARKER } from './ledger.ts';

export interface JournalVerdict {
  readonly count: JournalCount;
  readonly ledgerSize: number;
  /** Empty if nothing was lost and nothing is there twice. */
  readonly problems: readonly string[];
  readonly missing: number;
}

const SHOWN = 5;

/** Is every event of the ledger in the journal, and accepted exactly once? */
export function judgeJournal(file: string, bodies: readonly LedgerBody[]): JournalVerdict {
  const count = countJournal(file, MARKER);
  const problems = [...count.problems];
  const { received, accepted, duplicate, rejected, skipped } = count;
  if (received !== accepted + duplicate + rejected + skipped) {
    problems.push(`${received} received are not the sum of what became of them`);
  }
  const markers = bodies.flatMap((body) => body.events.map((event) => event.marker));
  if (new Set(markers).size !== markers.length) problems.push('the ledger has a marker twice');
  if (accepted !== markers.length) {
    problems.push(`${accepted} accepted, ${markers.length} in the ledger`);
  }
  const missing = markers.filter((marker) => !count.markers.has(marker));
  if (missing.length > 0) {
    problems.push(`${missing.length} events are lost: ${missing.slice(0, SHOWN).join(', ')}`);
  }
  const twice = markers.filter((marker) => (count.markers.get(marker)?.accepted ?? 1) !== 1);
  if (twice.length > 0) {
    problems.push(
      `${twice.length} events are not accepted once: ${twice.slice(0, SHOWN).join(', ')}`,
    );
  }
  return { count, ledgerSize: markers.length, problems, missing: missing.length };
}

/** In how many of these lives was a body stored whose request was never answered? */
export function countKillsBetween(
  count: JournalCount,
  bodies: readonly LedgerBody[],
  lives: readonly { readonly life: number; readonly beganMs: number; readonly killedMs: number }[],
): number {
  const hit = lives.filter(({ life, beganMs, killedMs }) =>
    bodies.some((body) => {
      if (!body.unansweredIn.includes(life)) return false;
      const first = count.markers.get(body.events[0]?.marker ?? '')?.rows[0];
      if (first === undefined) return false;
      const storedMs = first.storedAt / 1000;
      return storedMs >= beganMs && storedMs <= killedMs;
    }),
  );
  return hit.length;
}

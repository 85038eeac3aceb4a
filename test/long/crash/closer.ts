import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSING_NAMESPACE } from './ledger.ts';

interface ListedIncident {
  readonly id: string;
  readonly version: number;
}

export interface Closer {
  /** Incidents whose closing was answered with 200. */
  readonly closed: number;
  stop(): Promise<void>;
}

const PAUSE_MS = 150;

/** Closes random open incidents of the namespace that is reserved for it, until it is stopped. */
export function startCloser(url: string): Closer {
  const state = { closed: 0, stopped: false };
  const work = async (): Promise<void> => {
    while (!state.stopped) {
      await sleep(Math.random() * 2 * PAUSE_MS);
      // A server that is down or went down in between is what this test is about.
      if (await closeOne(url).catch(() => false)) state.closed += 1;
    }
  };
  const done = work();
  return {
    get closed() {
      return state.closed;
    },
    async stop() {
      state.stopped = true;
      await done;
    },
  };
}

async function closeOne(url: string): Promise<boolean> {
  const query = `namespace=${CLOSING_NAMESPACE}&state=open&page_size=100`;
  const listed = await fetch(`${url}/v1/incidents?${query}`);
  const { items } = (await listed.json()) as { items: readonly ListedIncident[] };
  const incident = items[Math.floor(Math.random() * items.length)];
  if (incident === undefined) return false;
  const answer = await fetch(`${url}/v1/incidents/${incident.id}/transitions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'if-match': `"${incident.version}"` },
    body: JSON.stringify({ to: 'closed', verdict: 'false_positive', reason: 'closed by the test' }),
  });
  await answer.arrayBuffer();
  return answer.status === 200;
}

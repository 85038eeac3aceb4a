export interface IngestAnswer {
  readonly status: number;
  readonly accepted: number;
  readonly duplicate: number;
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
}

/** Posts records as one NDJSON body. Null if the connection broke before there was an answer. */
export async function postEvents(
  url: string,
  records: readonly Uint8Array[],
): Promise<IngestAnswer | null> {
  const body = Buffer.concat(records.flatMap((record) => [record, Buffer.from('\n')]));
  try {
    const response = await fetch(`${url}/v1/ingest`, { method: 'POST', body });
    const answer = (await response.json()) as Partial<Omit<IngestAnswer, 'status'>>;
    const { accepted = 0, duplicate = 0, rejected = [] } = answer;
    return { status: response.status, accepted, duplicate, rejected };
  } catch {
    return null;
  }
}

/** Reads a JSON document of the API. */
export async function getJson<Body>(url: string): Promise<Body> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

import { CliFailure } from './cli-failure.ts';
import { configuredUrl } from './configured-url.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

const DEFAULT_URL = 'http://127.0.0.1:7780';
const TIMEOUT_MS = 30_000;
/** The audit tells by the user agent which door an action came through. */
const OWN_HEADERS = { accept: 'application/json', 'user-agent': 'eyrie-cli' } as const;

export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON; null if the body is empty or no JSON. */
  readonly body: unknown;
  /** Value of a header in lower case, or null. */
  readonly header: (name: string) => string | null;
}

/** A running Eyrie as a client sees it. */
export interface ApiClient {
  readonly url: string;
  /** Any answer at all is a result; throws a CliFailure when there is none. */
  request(request: ApiRequest): Promise<ApiAnswer>;
  /** The body of a good answer; throws a CliFailure for every other. */
  call(request: ApiRequest): Promise<unknown>;
}

/**
 * The address from `--to`, else from EYRIE_URL, else the one that the configuration in this folder
 * listens on, else the default; never with a slash at its end.
 */
export function serverUrl(flag: string | undefined, terminal: Terminal): string {
  const text =
    flag ?? (terminal.environment['EYRIE_URL'] || (configuredUrl(terminal) ?? DEFAULT_URL));
  if (!/^https?:\/\/\S+$/.test(text) || !URL.canParse(text)) {
    throw new CliFailure(EXIT.usage, `"${text}" is no address; write one such as ${DEFAULT_URL}`);
  }
  const { username, password, search, host } = new URL(text);
  if (username !== '' || password !== '' || search !== '') {
    const message = `The address of ${host} holds a user, a password or a question; give the token as EYRIE_TOKEN.`;
    throw new CliFailure(EXIT.usage, message);
  }
  return text.replace(/\/+$/, '');
}

export function createApiClient(url: string, terminal: Terminal): ApiClient {
  const request = async (wanted: ApiRequest): Promise<ApiAnswer> => {
    const response = await send(url, wanted, credentials(terminal));
    const text = await response.text();
    return {
      status: response.status,
      body: parseOrNull(text),
      header: (name) => response.headers.get(name),
    };
  };
  return {
    url,
    request,
    call: async (wanted) => {
      const answer = await request(wanted);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      throw new CliFailure(exitCodeOf(answer.status), problemText(answer));
    },
  };
}

/** Secrets come from the environment, because a command line is visible to everybody on a machine. */
function credentials(terminal: Terminal): Record<string, string> {
  const token = terminal.environment['EYRIE_TOKEN'] ?? '';
  const secret = terminal.environment['EYRIE_INGEST_SECRET'] ?? '';
  return {
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(secret === '' ? {} : { 'x-eyrie-secret': secret }),
  };
}

async function send(
  url: string,
  wanted: ApiRequest,
  secrets: Readonly<Record<string, string>>,
): Promise<Response> {
  try {
    return await fetch(`${url}${wanted.path}`, {
      method: wanted.method ?? 'GET',
      headers: { ...OWN_HEADERS, ...secrets, ...wanted.headers },
      ...(wanted.body === undefined ? {} : { body: wanted.body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const message = `No answer from ${url} (${reasonOf(error)}). Is "npx eyrie serve" running there?`;
    throw new CliFailure(EXIT.unavailable, message, { cause: error });
  }
}

/** fetch hides the system's reason in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name === 'TimeoutError' ? `no answer in ${TIMEOUT_MS / 1000} s` : error.message;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** 409, 412, 422 and 404 say that what was asked cannot be: the command ran and did not succeed. */
export function exitCodeOf(status: number): ExitCode {
  if (status === 503 || status === 429) return EXIT.tryAgain;
  if (status === 400) return EXIT.usage;
  if (status === 401 || status === 403 || status >= 500) return EXIT.unavailable;
  return EXIT.failed;
}

/** What a problem document says, else the bare status. */
export function problemText(answer: ApiAnswer): string {
  const { body } = answer;
  const said =
    typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : '';
  const hint =
    answer.status === 401 ? ' Set EYRIE_TOKEN (or EYRIE_INGEST_SECRET to send events).' : '';
  return `The server answered ${answer.status}${said === '' ? '' : `: ${said}`}${hint}`;
}

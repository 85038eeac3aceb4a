import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** One TCP connection on which requests are sent byte for byte, each after the answer before. */
export interface RawConnection {
  send(request: Buffer): Promise<RawAnswer>;
  close(): void;
}

export async function openRawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    async send(request) {
      socket.write(request);
      return readAnswer(socket);
    },
    close: () => void socket.destroy(),
  };
}

async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let received = '';
  for (;;) {
    received += await nextChunk(socket);
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd === -1) continue;
    const head = received.slice(0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const body = received.slice(headEnd + 4);
    if (body.length >= length) return { status: Number(head.split(' ')[1]), body };
  }
}

function nextChunk(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new Error('The server closed the connection.'));
    socket.once('close', end);
    socket.once('data', (chunk) => {
      socket.off('close', end);
      resolve(chunk.toString('latin1'));
    });
  });
}

const TITLE = /### (?<title>[^\n]*)\n/g;
const SEPARATOR_BYTES = 1;

/** Requests of a recording: a line `### title` before each, one line feed behind it. */
export function splitRecording(recording: Buffer): readonly { title: string; request: Buffer }[] {
  const text = recording.toString('latin1');
  const titles = [...text.matchAll(TITLE)];
  return titles.map((match, index) => {
    const start = match.index + match[0].length;
    const end = (titles[index + 1]?.index ?? text.length) - SEPARATOR_BYTES;
    return { title: match.groups?.['title'] ?? '', request: recording.subarray(start, end) };
  });
}

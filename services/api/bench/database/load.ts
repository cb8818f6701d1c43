/*
 * Keep-alive connections with one request on its way on each. A client is a generator: it yields the text of a
 * request and gets the reply. That is what autocannon cannot do (take the id out of one reply into the next request),
 * and it costs a fraction of autocannon's processor time, which is the database's here.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** One connection's requests, until it is told to end or thinks that a reply is wrong. */
export type Client = Generator<string, void, Reply>;

/** Connected, and not yet begun. */
export interface Load {
  /** Resolves with the number of replies when all clients have ended. */
  run(clients: readonly Client[]): Promise<number>;
  close(): void;
}

export async function openLoad(origin: string, connections: number): Promise<Load> {
  const { hostname, port } = new URL(`http://${origin}`);
  const sockets = Array.from({ length: connections }, () => connect(Number(port), hostname).setNoDelay(true));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return {
    async run(clients) {
      const replies = await Promise.all(clients.map((client, index) => serve(sockets[index]!, client)));
      return replies.reduce((sum, count) => sum + count, 0);
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, client: Client): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let received = '';
  let replies = 0;
  const proceed = (step: IteratorResult<string, void>) => {
    if (step.done) resolve(replies);
    else socket.write(step.value, 'latin1');
  };
  socket.setEncoding('latin1').on('data', (text: unknown) => {
    received += text;
    const reply = parse(received);
    if (!reply) return;
    received = '';
    replies += 1;
    try {
      proceed(client.next(reply));
    } catch (error) {
      reject(error);
    }
  });
  socket.once('error', reject);
  socket.once('close', () => reject(new Error('The server closed the connection')));
  proceed(client.next());
  return promise;
}

/** The reply, once it is complete. Never two: the next request is sent after it. */
function parse(text: string): Reply | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  const bodyAt = headEnd + 4;
  if (text.length < bodyAt + length) return undefined;
  return { status: Number(text.slice(9, 12)), body: text.slice(bodyAt) };
}

/** The text of a request. */
export function requestText(method: string, path: string, token: string, body?: object): string {
  const content = body && JSON.stringify(body);
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n`;
  if (content === undefined) return `${head}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
}

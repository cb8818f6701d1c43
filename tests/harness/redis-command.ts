import { connect } from 'node:net';
import type { DatabaseServer } from '../../scripts/databases/server.ts';

/** Sends one command to a Redis, on a connection of its own, and answers the first line of its reply. */
export async function redisCommand(
  { host, port, password }: Pick<DatabaseServer, 'host' | 'port' | 'password'>,
  ...words: string[]
): Promise<string> {
  const socket = connect(port, host);
  socket.write(encode(['AUTH', password]) + encode(words));
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += chunk;
    const [login, answer, ...rest] = text.split('\r\n');
    if (login?.startsWith('-')) throw new Error(login);
    // Leaving the loop destroys the socket.
    if (rest.length > 0) return answer!;
  }
  throw new Error(`Redis hung up after ${JSON.stringify(text)}`);
}

function encode(words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

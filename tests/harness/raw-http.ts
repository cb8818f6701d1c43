import { connect } from 'node:net';
import { patient } from '../../scripts/processes/patience.ts';

/** Sends exact bytes and reads until the server closes: for requests that no HTTP client would send. */
export function rawRequest(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    let reply = '';
    socket
      .setEncoding('latin1')
      .setTimeout(patient(10_000), () => socket.destroy(new Error('the reply does not end')));
    socket.on('data', (chunk) => {
      reply += chunk;
    });
    socket.on('close', () => resolve(reply));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(reply) : reject(error),
    );
  });
}

/** A GET whose path is sent exactly as written. */
export function rawGet(origin: string, path: string): Promise<string> {
  return rawRequest(
    origin,
    `GET ${path} HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nConnection: close\r\n\r\n`,
  );
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { serveEvents } from './event-stream.ts';

const ending = new AbortController();
let close: (() => void) | undefined;

afterEach(() => close?.());

/** A server that offers `send` to the test, and a client that reads nothing until it is told to. */
async function connect(method = 'GET') {
  const app = express();
  const served = Promise.withResolvers<{ send: (data: unknown) => void; backlog: () => number }>();
  const unsubscribed = Promise.withResolvers<void>();
  app.get('/', async (_req, res) => {
    await serveEvents(res, {
      signal: ending.signal,
      subscribe: (send) => {
        served.resolve({ send: (data) => send('stats', data), backlog: () => res.writableLength });
        return unsubscribed.resolve;
      },
    });
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const sent = request({ port: (server.address() as AddressInfo).port, method });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { response, served: served.promise, unsubscribed: unsubscribed.promise };
}

describe('serveEvents', () => {
  it('drops events for a reader that is slow, and gives it the newest when it reads again', async () => {
    const { response, served } = await connect();
    const { send, backlog } = await served;
    const size = 32 * 1024;
    for (let index = 0; index < 2_000; index += 1) {
      send({ index, padding: 'x'.repeat(size) });
      expect(backlog()).toBeLessThan(64 * 1024 + 2 * size);
      // Lets the socket take what it can: only then is a backlog the reader's own.
      if (index % 50 === 0) await new Promise(setImmediate);
    }
    let heard = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
    });
    await expect
      .poll(() => {
        send({ index: 'newest' });
        return heard;
      })
      .toContain('newest');
    const ids = [...heard.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(ids.length).toBeLessThan(1_000);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(heard.startsWith('retry: ')).toBe(true);
  });

  it('stops its source when the reader goes', async () => {
    const { response, served, unsubscribed } = await connect();
    await served;
    response.destroy();
    await unsubscribed;
  });

  it('answers HEAD without beginning a stream', async () => {
    const { response } = await connect('HEAD');
    response.resume();
    await once(response, 'end');
    expect(response.headers['content-type']).toContain('text/event-stream');
  });
});

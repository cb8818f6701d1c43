import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startLoad } from './load.ts';

async function serve(answer: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const asExpected: RequestListener = (req, res) =>
  void res.writeHead(req.method === 'GET' ? 200 : 422).end('{}');

test('counts what is answered, and nothing is wrong with that', async () => {
  const { url } = await serve(asExpected);
  const load = startLoad({ url, token: 'x', clients: 2 });
  await expect.poll(load.answered).toBeGreaterThan(20);
  expect(await load.stop()).toEqual([]);
});

test('another status is a lost request', async () => {
  const { url } = await serve((req, res) =>
    req.method === 'GET' ? res.writeHead(502).end() : asExpected(req, res),
  );
  const load = startLoad({ url, token: 'x', clients: 1 });
  await expect.poll(load.answered).toBeGreaterThan(1);
  expect(await load.stop()).toContain('GET: status 502');
});

test('so is a connection that breaks, before an answer and in the middle of one', async () => {
  const { url } = await serve((req, res) => {
    if (req.method === 'GET') return void req.socket.destroy();
    res.writeHead(422, { 'content-length': '10' }).write('{}');
    setImmediate(() => res.destroy());
  });
  const load = startLoad({ url, token: 'x', clients: 1 });
  await new Promise((resolve) => setImmediate(resolve));
  const wrong = await load.stop();
  expect(wrong.length).toBeGreaterThan(0);
  expect(load.answered()).toBe(0);
});

import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openServiceAddress } from './service-address.ts';

/** An instance that answers with its name, and may say that it is not ready. */
async function instance(name: string) {
  const state = { ready: true };
  const server = createServer((req, res) => {
    if (req.url === '/readyz') res.writeHead(state.ready ? 200 : 503);
    res.end(name);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  return { state, server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function ask(url: string, agent?: Agent): Promise<string> {
  const [response] = await once(request(url, { agent: agent ?? false }).end(), 'response');
  let text = '';
  for await (const part of response) text += part;
  return text;
}

test('new connections go to the ready ones in turn, old ones stay', async () => {
  const [one, two] = [await instance('one'), await instance('two')];
  await using address = await openServiceAddress([one.address, two.address]);
  expect([await ask(address.url), await ask(address.url)].sort()).toEqual(['one', 'two']);

  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const [chosen, other] = (await ask(address.url, agent)) === 'one' ? [one, 'two'] : [two, 'one'];
  chosen.state.ready = false;
  await expect.poll(address.ready).toHaveLength(1);
  expect([await ask(address.url), await ask(address.url)]).toEqual([other, other]);
  expect(await ask(address.url, agent)).not.toBe(other);
});

test('an instance that is added gets connections once it is ready; without any, connections are refused', async () => {
  const one = await instance('one');
  one.state.ready = false;
  await using address = await openServiceAddress([]);
  address.add(one.address);
  await expect(ask(address.url)).rejects.toThrow();
  one.state.ready = true;
  await expect.poll(address.ready).toEqual([one.address]);
  expect(await ask(address.url)).toBe('one');
});

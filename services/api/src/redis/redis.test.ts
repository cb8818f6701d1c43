import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { testRedis } from '../testing/redis.ts';
import { COMMAND_TIMEOUT_MS, openRedis, type RedisLink, RedisUnavailable } from './redis.ts';
import type { RedisConfig } from './redis-config.ts';

const NOWHERE: RedisConfig = {
  host: '127.0.0.1',
  port: 1,
  tls: false,
  username: undefined,
  password: undefined,
  database: 0,
};

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function open(config: RedisConfig): { link: RedisLink; failures: () => number; logged: () => string } {
  let failures = 0;
  let text = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  const link = openRedis(config, { log: pino(sink), onFailure: () => void failures++ });
  opened.push(link);
  link.open();
  return { link, failures: () => failures, logged: () => text };
}

const ping = (link: RedisLink) => link.ask((redis) => redis.ping());

describe('a Redis that is not there', () => {
  test('has no answer at once, and the reason', async () => {
    const { link, failures, logged } = open(NOWHERE);
    await expect.poll(logged).toContain('ECONNREFUSED');
    await expect(ping(link)).rejects.toThrow(RedisUnavailable);
    // A timeout would have been one.
    expect(failures()).toBe(0);
    expect(link.state()).toBe('away');
    expect(await link.check()).toEqual({
      ok: false,
      reason: 'no connection (ECONNREFUSED); sessions are read from the database',
    });
  });
});

describe('a server that accepts and says nothing', () => {
  test('is away, for it never told who it is', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    opened.push(server);
    await once(server, 'listening');
    const { link } = open({ ...NOWHERE, port: (server.address() as AddressInfo).port });
    await expect.poll(async () => (await link.check()).reason, { timeout: 10_000 }).toContain('timed out');
    expect(link.state()).toBe('away');
  });
});

const config = testRedis();
describe.runIf(config)('Redis', () => {
  const real = config!;

  /** Between us and Redis; `stall` holds back what Redis answers. */
  async function proxy(): Promise<{ config: RedisConfig; stall(on: boolean): void; server: Server }> {
    const { connect } = await import('node:net');
    const answers = new Set<Socket>();
    let stalled = false;
    const server = createServer((client) => {
      const upstream = connect(real.port, real.host);
      answers.add(upstream);
      if (stalled) upstream.pause();
      client.pipe(upstream);
      upstream.on('data', (chunk) => client.write(chunk));
      if (stalled) upstream.pause();
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          answers.delete(upstream);
          client.destroy();
          upstream.destroy();
        });
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    opened.push({
      close() {
        server.close();
        for (const socket of answers) socket.destroy();
      },
    });
    return {
      config: { ...real, port: (server.address() as AddressInfo).port },
      server,
      stall(on) {
        stalled = on;
        for (const socket of answers) on ? socket.pause() : socket.resume();
      },
    };
  }

  test('answers, and is named by its life', async () => {
    const { link, failures } = open(real);
    await expect.poll(() => link.state()).toBe('up');
    expect(await ping(link)).toBe('PONG');
    expect(await link.ask(async (_, run) => run)).toMatch(/^[0-9a-f]{40}$/);
    expect(await link.check()).toEqual({ ok: true });
    expect(failures()).toBe(0);
  });

  test('with a wrong password is away and says so, but not the password', async () => {
    const { link, logged } = open({ ...real, username: 'default', password: 'wrong-secret-42' });
    await expect.poll(async () => (await link.check()).reason).toMatch(/WRONGPASS/);
    await expect.poll(logged).toMatch(/WRONGPASS/);
    expect(JSON.stringify([logged(), await link.check()])).not.toContain('wrong-secret-42');
    await expect(ping(link)).rejects.toThrow(RedisUnavailable);
  });

  test('that hangs costs one timeout, then nothing until the next try, and comes back by itself', async () => {
    const { config: through, stall } = await proxy();
    const { link, failures } = open(through);
    await expect.poll(() => link.state()).toBe('up');
    stall(true);
    const began = performance.now();
    await expect(ping(link)).rejects.toThrow(RedisUnavailable);
    expect(performance.now() - began).toBeGreaterThanOrEqual(COMMAND_TIMEOUT_MS - 5);
    expect(link.state()).toBe('resting');
    // Who comes now is not even asked for.
    let sent = 0;
    const hurried = link.ask((redis) => {
      sent += 1;
      return redis.ping();
    });
    await expect(hurried).rejects.toThrow(RedisUnavailable);
    expect([sent, failures()]).toEqual([0, 1]);
    expect((await link.check()).reason).toContain('no answer within 100 ms');
    stall(false);
    await expect.poll(() => ping(link).catch(() => 'no answer'), { timeout: 10_000 }).toBe('PONG');
    expect(link.state()).toBe('up');
  });

  test('whose scripts are flushed gets them again', async () => {
    const { link } = open(real);
    await expect.poll(() => link.state()).toBe('up');
    await link.ask((redis) => redis.rateCount(1, 'rate:test:scripts', 1000));
    await link.ask((redis) => redis.script('FLUSH'));
    const [count] = await link.ask((redis) => redis.rateCount(1, 'rate:test:scripts', 1000));
    expect(count).toBeGreaterThanOrEqual(1);
    await link.ask((redis) => redis.del('rate:test:scripts'));
  });

  test('that refuses a command has answered: the others go on, and readiness tells', async () => {
    const { link, failures, logged } = open(real);
    await expect.poll(() => link.state()).toBe('up');
    const key = `test:${randomUUID()}`;
    await link.ask((redis) => redis.set(key, 'secret-42', 'PX', 60_000));
    const refused = () => link.ask((redis) => redis.lpush(key, 'secret-42'));
    for (let i = 0; i < 2; i++)
      await expect(refused()).rejects.toThrow(new RedisUnavailable('it refuses (WRONGTYPE)'));
    expect([link.state(), failures()]).toEqual(['up', 2]);
    expect(await ping(link)).toBe('PONG');
    expect(await link.check()).toEqual({
      ok: false,
      reason: 'it has refused commands within the last minute (WRONGTYPE)',
    });
    expect(logged().match(/refuses commands/g), 'said once').toHaveLength(1);
    expect(logged()).not.toContain('secret-42');
    await link.ask((redis) => redis.del(key));
  });

  test('is let go by close()', async () => {
    const { link } = open(real);
    await expect.poll(() => link.state()).toBe('up');
    link.close();
    await expect.poll(() => link.state()).toBe('away');
    await expect(ping(link)).rejects.toThrow(RedisUnavailable);
  });
});

test.runIf(!config)(
  'tests with a real Redis need TEST_REDIS_URL=redis://…; make test-unit starts one',
  () => {
    expect(process.env.CI, 'CI must have a Redis').toBeUndefined();
  },
);

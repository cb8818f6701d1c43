import { afterEach, describe, expect, test } from 'vitest';
import { receivedDrops } from '../engine/counters.ts';
import { Action, type Rule } from '../engine/rule.ts';
import { type Captured, Captures } from '../plane/captures.ts';
import type { DataPlane } from '../plane/data-plane.ts';
import { topFlows } from '../plane/flows.ts';
import { snapshot } from '../plane/stats.ts';
import { fromPort, rule } from '../testing/rules.ts';
import type { Mode } from './port.ts';

/* What every port must do. A port's test file calls `describePort` with a factory that builds the real thing. */

export type Family = 4 | 6;

/** Somebody on the other side of the wire, with one source port. */
export interface Sender {
  readonly port: number;
  /** Payloads that came back, in order of arrival. */
  readonly received: readonly Uint8Array[];
  /** Resolves when the packet is on the wire. */
  send(payload: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface PortUnderTest {
  readonly plane: DataPlane;
  /** UDP port of the data plane. */
  readonly dataPort: number;
  /** Largest UDP payload that the port can receive. */
  readonly maxPayload: Record<Family, number>;
  /** Packets are judged before they wait for a worker, so that those lost there were judged too. */
  readonly judgesFirst: boolean;
  openSender(family: Family): Promise<Sender>;
}

/** @param dataPort 0 = any */
export type PortFactory = (options: {
  readonly workers: number;
  readonly dataPort: number;
}) => Promise<PortUnderTest>;

const HEADERS = { 4: 28, 6: 48 } as const;
const FLOOD = 20_000;
const WAIT = { timeout: 120_000, interval: 10 };
const SIZES = [0, 1, 63, 64, 511, 512, 1_024, 1_399, 1_400, 1_472, 1_500];
let revision = 0;

export function describePort(mode: Mode, variant: string, factory: PortFactory): void {
  describe.each([1, 2])(`${mode} port, ${variant}%i worker(s)`, (workers) => {
    const open: { close(): Promise<void> }[] = [];

    afterEach(async () => {
      for (const resource of open.splice(0).reverse()) await resource.close();
    });

    async function start(dataPort = 0): Promise<PortUnderTest> {
      const port = await factory({ workers, dataPort });
      await port.plane.start();
      open.push({ close: () => port.plane.stop() });
      return port;
    }

    async function sender(port: PortUnderTest, family: Family = 4): Promise<Sender> {
      const opened = await port.openSender(family);
      open.push(opened);
      return opened;
    }

    test.each([4, 6] as const)('echoes payloads of every size over IPv%i', async (family) => {
      const port = await start();
      const client = await sender(port, family);
      const largest = port.maxPayload[family];
      const sizes = [...SIZES.filter((size) => size < largest), largest];
      for (const [index, size] of sizes.entries()) {
        await client.send(new Uint8Array(size).fill(index + 1));
        await expect.poll(() => client.received.length, WAIT).toBe(index + 1);
      }
      expect(client.received.map(({ length }) => length)).toEqual(sizes);
      client.received.forEach((payload, index) => {
        expect(payload.every((byte) => byte === index + 1)).toBe(true);
      });
      const bytes = sizes.reduce((total, size) => total + size + HEADERS[family], 0);
      expect(snapshot(port.plane).total).toMatchObject({
        rxPackets: sizes.length,
        txPackets: sizes.length,
        rxBytes: bytes,
        txBytes: bytes,
        unmatchedPackets: sizes.length,
      });
    });

    test('answers each of several senders with its own packets', async () => {
      const port = await start();
      const clients = await Promise.all([4, 6, 4, 6, 4, 6].map((family) => sender(port, family as Family)));
      for (let round = 0; round < 20; round++) {
        await Promise.all(clients.map((client, index) => client.send(Uint8Array.of(index, round))));
      }
      await expect
        .poll(() => clients.map(({ received }) => received.length), WAIT)
        .toEqual(Array(6).fill(20));
      clients.forEach(({ received }, index) => {
        expect(received.every(([from]) => from === index)).toBe(true);
        expect(new Set(received.map(([, round]) => round)).size).toBe(20);
      });
    });

    test('drops what a drop rule names, and nothing else, exactly', async () => {
      const port = await start();
      const [silenced, other] = [await sender(port), await sender(port)];
      const drop = rule(fromPort(silenced.port));
      await apply(port, [drop]);
      await exchange(silenced, 30);
      await exchange(other, 20);
      await expect.poll(() => other.received.length, WAIT).toBe(20);
      await settled(port, 50);
      expect(silenced.received).toHaveLength(0);
      expect(snapshot(port.plane).total).toMatchObject({ rxPackets: 50, txPackets: 20, drops: { rule: 30 } });
      await apply(port, []);
      await exchange(silenced, 5);
      await expect.poll(() => silenced.received.length, WAIT).toBe(5);
    });

    test('lets a rate_limit rule pass its burst and no more', async () => {
      const port = await start();
      const client = await sender(port);
      const startedAt = performance.now();
      await apply(port, [
        rule({ ...fromPort(client.port), action: Action.rateLimit, ratePps: 1, burst: 10 }),
      ]);
      await exchange(client, 60);
      await settled(port, 60);
      const { total } = snapshot(port.plane);
      const refilled = Math.ceil((performance.now() - startedAt) / 1000);
      expect(total.txPackets).toBeGreaterThanOrEqual(10);
      expect(total.txPackets).toBeLessThanOrEqual(10 + refilled);
      expect(total.drops.rate_limit).toBe(60 - total.txPackets);
      await expect.poll(() => client.received.length, WAIT).toBe(total.txPackets);
    });

    test('swaps rule sets under load: each packet is judged by one of them, and none is lost', async () => {
      const port = await start();
      const client = await sender(port);
      const drop = rule(fromPort(client.port));
      let sent = 0;
      let swapping = true;
      const traffic = (async () => {
        while (swapping) {
          await exchange(client, 20);
          sent += 20;
          await new Promise(setImmediate);
        }
      })();
      for (let swap = 0; swap < 40; swap++) await apply(port, swap % 2 === 0 ? [drop] : []);
      swapping = false;
      await traffic;
      await settled(port, sent);
      const { total } = snapshot(port.plane);
      expect(total.txPackets + total.drops.rule + total.drops.socket_buffer).toBe(sent);
      const judged = port.judgesFirst ? sent : sent - total.drops.socket_buffer;
      expect(total.drops.rule).toBe(judged - total.unmatchedPackets);
      await exchange(client, 10); // the last set lets everything pass
      await settled(port, sent + 10);
      expect(snapshot(port.plane).total.drops.rule).toBe(total.drops.rule);
    });

    test('accounts for every packet of a flood', async () => {
      const port = await start();
      const clients = await Promise.all(Array.from({ length: 4 }, () => sender(port)));
      await Promise.all(clients.map((client) => exchange(client, FLOOD / clients.length)));
      await settled(port, FLOOD);
    });

    test('captures packets as they were on the wire, dropped ones too', async () => {
      const port = await start();
      const [passed, dropped] = [await sender(port), await sender(port, 6)];
      const drop = rule(fromPort(dropped.port));
      await apply(port, [drop]);
      const filter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false } as const;
      const captures = new Captures(port.plane);
      const limits = { filter, snapLength: 65_535, maxPackets: 2, maxDurationMs: 60_000 };
      const capture = await captures.open(limits);
      await passed.send(Uint8Array.of(1, 2, 3));
      await expect.poll(() => passed.received.length, WAIT).toBe(1);
      await dropped.send(Uint8Array.of(4, 5));
      const seen: Captured[] = [];
      for await (const packet of capture.packets(AbortSignal.timeout(WAIT.timeout))) seen.push(packet);
      await capture.close();
      expect(captures.active).toBe(0);
      const [first, second] = seen;
      expect(first).toMatchObject({ dropped: false, serial: 0, originalLength: 31, lostPackets: 0 });
      expect(first.data[0] >> 4).toBe(4);
      expect([...first.data.subarray(28)]).toEqual([1, 2, 3]);
      expect(second).toMatchObject({ dropped: true, originalLength: 50 });
      expect(second.data[0] >> 4).toBe(6);
      expect((second.data[40] << 8) | second.data[41]).toBe(dropped.port);
      expect((second.data[42] << 8) | second.data[43]).toBe(port.dataPort);
      expect([...second.data.subarray(48)]).toEqual([4, 5]);
      expect(port.plane.rules.ruleId(second.serial)).toBe(drop.id);
    });

    test('knows its flows', async () => {
      const port = await start();
      const [large, small] = [await sender(port), await sender(port)];
      await exchange(small, 3);
      await exchange(large, 9);
      await settled(port, 12);
      const flows = await topFlows(port.plane, 10, 'packets');
      expect(flows.map(({ packets, bytes }) => ({ packets, bytes }))).toEqual([
        { packets: 9, bytes: 9 * (28 + 4) },
        { packets: 3, bytes: 3 * (28 + 4) },
      ]);
      expect(flows.map(({ key }) => key[1] >>> 16)).toEqual([large.port, small.port]);
    });

    test('stops twice without complaint, and starts again on the same port at once', async () => {
      const first = await start();
      const { dataPort } = first;
      await exchange(await sender(first), 5);
      await settled(first, 5);
      await first.plane.stop();
      await first.plane.stop();
      expect(first.plane.port.addresses()).toEqual([]);
      const second = await start(dataPort);
      expect(second.dataPort).toBe(dataPort);
      const client = await sender(second);
      await exchange(client, 5);
      await expect.poll(() => client.received.length, WAIT).toBe(5);
    });

    test('says which mode runs, why, and where', async () => {
      const { plane, dataPort } = await start();
      expect(plane.port.mode).toBe(mode);
      expect(plane.port.reason).not.toBe('');
      expect(plane.port.addresses().length).toBeGreaterThan(0);
      expect(plane.port.addresses().every((address) => address.endsWith(`:${dataPort}`))).toBe(true);
    });
  });
}

async function apply({ plane }: PortUnderTest, rules: Rule[]): Promise<void> {
  await plane.apply({ source_id: 'contract', revision: ++revision }, () => rules);
}

/** Sends this many packets of 4 bytes. */
async function exchange(client: Sender, packets: number): Promise<void> {
  for (let i = 0; i < packets; i++) await client.send(Uint8Array.of(i >> 24, i >> 16, i >> 8, i));
}

/** Waits until all that was sent is accounted for, once, and the pool is empty again. */
async function settled({ plane }: PortUnderTest, sent: number): Promise<void> {
  await expect
    .poll(() => {
      const { total, workers } = snapshot(plane);
      const lost = total.drops.socket_buffer;
      return {
        seen: total.rxPackets + lost,
        accounted:
          total.txPackets + total.consumedPackets + total.passedPackets + receivedDrops(total) + lost,
        slotsUsed: workers.reduce((sum, { slots }) => sum + slots.used, 0),
      };
    }, WAIT)
    .toEqual({ seen: sent, accounted: sent, slotsUsed: 0 });
}

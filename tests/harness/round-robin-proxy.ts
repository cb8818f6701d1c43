import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.ts';

/**
 * A Service of Kubernetes in a few lines: each connection goes to the next process that is ready. Readiness is asked
 * of /readyz, as a kubelet does. A connection that is refused is tried elsewhere; nothing else is ever repeated.
 */
export interface RoundRobinProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that were led to each address so far. */
  readonly taken: ReadonlyMap<string, number>;
  /** Connections for which nobody was ready. */
  readonly turnedAway: number;
  isReady(address: string): boolean;
  /** From now on asked whether it is ready. */
  add(address: string): void;
  remove(address: string): void;
}

const PROBE_EVERY_MS = 50;

export async function startRoundRobinProxy(addresses: readonly string[]): Promise<RoundRobinProxy> {
  const ready = new Set<string>();
  const probes = new Map<string, AbortController>();
  const taken = new Map<string, number>();
  const open = new Set<Socket>();
  let turn = 0;
  let turnedAway = 0;

  async function probe(address: string, { signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      const isReady = await answers(address);
      if (isReady && !signal.aborted) ready.add(address);
      else ready.delete(address);
      await sleep(PROBE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async function accept(client: Socket): Promise<void> {
    open.add(client);
    client.on('error', () => client.destroy()).once('close', () => open.delete(client));
    const addresses = [...ready];
    const first = turn++;
    for (let i = 0; i < addresses.length; i++) {
      const address = addresses[(first + i) % addresses.length]!;
      const server = await connected(address);
      if (!server) continue;
      taken.set(address, (taken.get(address) ?? 0) + 1);
      join(client, server);
      return;
    }
    turnedAway++;
    client.resetAndDestroy();
  }

  const add = (address: string) => {
    const probing = new AbortController();
    probes.set(address, probing);
    taken.set(address, 0);
    void probe(address, probing);
  };
  const remove = (address: string) => {
    probes.get(address)?.abort();
    probes.delete(address);
    ready.delete(address);
  };
  // Paused: what a client sends waits for a backend.
  const listener = createServer({ noDelay: true, pauseOnConnect: true }, accept).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  for (const address of addresses) add(address);
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    taken,
    get turnedAway() {
      return turnedAway;
    },
    isReady: (address) => ready.has(address),
    add,
    remove,
    async [Symbol.asyncDispose]() {
      for (const address of [...probes.keys()]) remove(address);
      listener.close();
      for (const client of open) client.destroy();
      await once(listener, 'close');
    },
  };
}

/** The client with every request on a connection of its own, so that each goes to the next process. */
export function spread(client: Client, { url }: RoundRobinProxy): Client {
  return new Client(url, client.login, { connection: 'close' });
}

async function answers(address: string): Promise<boolean> {
  try {
    const reply = await fetch(`http://${address}/readyz`, { headers: { connection: 'close' } });
    await reply.arrayBuffer();
    return reply.status === 200;
  } catch {
    return false;
  }
}

/** A connection to it, or null where nobody listens. */
async function connected(address: string): Promise<Socket | null> {
  const [host, port] = address.split(':');
  const socket = connect({ host: host!, port: Number(port), noDelay: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return null;
  }
}

/** A reset on one side is a reset on the other; whoever hangs up is gone for both. */
function join(client: Socket, server: Socket): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    from.on('error', () => to.resetAndDestroy());
    from.once('close', () => to.destroySoon());
    from.pipe(to);
  }
}

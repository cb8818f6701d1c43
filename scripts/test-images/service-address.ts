// What a Service of Kubernetes does: one address, and each new connection goes to the next instance that is ready.
// Connections that exist stay where they are, also when their instance is not ready any more.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PROBE_MS = 250;

export interface ServiceAddress extends AsyncDisposable {
  url: string;
  /** host:port of instances; from now on asked whether they are ready. */
  add(instance: string): void;
  /** Who gets new connections at the moment. */
  ready(): string[];
}

export async function openServiceAddress(instances: readonly string[]): Promise<ServiceAddress> {
  const known = new Map<string, boolean>(instances.map((instance) => [instance, true]));
  const ready = () => [...known].filter(([, isReady]) => isReady).map(([instance]) => instance);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    const chosen = ready();
    const instance = chosen[connections++ % chosen.length];
    if (!instance) return void client.resetAndDestroy();
    const [host, port] = instance.split(':');
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) sockets.add(socket.once('close', () => sockets.delete(socket)));
    join(client, upstream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = new AbortController();
  const probing = probe(known, stop.signal);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (instance) => void known.set(instance, false),
    ready,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await probing;
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** An end is passed on as what it was: a client must not take a connection that was reset for one that was closed. */
function join(client: Socket, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.setNoDelay(true).pipe(to);
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => to.destroySoon());
  }
}

async function probe(known: Map<string, boolean>, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    for (const instance of known.keys()) {
      const isReady = await fetch(`http://${instance}/readyz`).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
      known.set(instance, isReady);
    }
    await sleep(PROBE_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}

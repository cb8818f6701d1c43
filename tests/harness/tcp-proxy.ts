import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a service and what it connects to, at one address, and breaks the way between them. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Resets every open connection; new ones work. */
  cut(): void;
  /** Resets every connection and refuses new ones, as a host does on which nothing listens. */
  refuse(): Promise<void>;
  /** Swallows every byte in both directions and answers nothing, as a host that has vanished. */
  hang(): void;
  /** Adds this delay to every chunk, in each direction. */
  delay(ms: number): void;
  /** Undoes refuse(), hang() and delay(). What was swallowed is lost: hung connections are reset. */
  heal(): Promise<void>;
  /** From now on leads elsewhere; every open connection is reset. */
  pointTo(port: number): void;
  close(): Promise<void>;
}

type State = { target: number; hung: boolean; delayMs: number };

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const state: State = { target, hung: false, delayMs: 0 };
  const pairs = new Set<readonly [Socket, Socket]>();
  const accept = (client: Socket) => {
    const server = connect({ host: '127.0.0.1', port: state.target, noDelay: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    forward(client, server, state);
    forward(server, client, state);
  };
  let listener = await listen(0, accept);
  const { port } = listener.address() as AddressInfo;

  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  const stopListening = async () => {
    if (!listener.listening) return;
    listener.close();
    cut();
    await once(listener, 'close');
  };
  return {
    port,
    get open() {
      return pairs.size;
    },
    cut,
    refuse: stopListening,
    hang() {
      state.hung = true;
    },
    delay(ms) {
      state.delayMs = ms;
    },
    async heal() {
      if (state.hung) cut();
      Object.assign(state, { hung: false, delayMs: 0 });
      if (!listener.listening) listener = await listen(port, accept);
    },
    pointTo(port) {
      state.target = port;
      cut();
    },
    close: stopListening,
    [Symbol.asyncDispose]: stopListening,
  };
}

async function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, accept).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** One direction. Timers fire in the order in which they were set, so delayed chunks keep their order. */
function forward(from: Socket, to: Socket, state: State): void {
  from.on('data', (chunk: Buffer) => {
    if (state.hung) return;
    if (state.delayMs > 0) setTimeout(() => to.write(chunk), state.delayMs);
    else to.write(chunk);
  });
  from.on('end', () => {
    if (!state.hung) to.end();
  });
  // A reset on one side is a reset on the other; whoever hangs up is gone for both.
  from.on('error', () => to.resetAndDestroy());
  from.on('close', () => to.destroySoon());
}

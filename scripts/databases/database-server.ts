import { freePort } from './free-port.ts';
import type { Place, ServerKind, ServerType } from './kind.ts';
import { ServerProcess } from './server-process.ts';

/** Somebody else may have taken the free port in the meantime. */
const PORT_ATTEMPTS = 3;
const PORT_TAKEN = /address already in use|could not bind/i;

export interface DatabaseServer extends AsyncDisposable {
  readonly type: ServerType;
  readonly host: string;
  readonly port: number;
  /** Administrator. */
  readonly user: string;
  readonly password: string;
  readonly pid: number;
  readonly directory: string;
  /** Resolves when the present life of the server has ended, however it did. */
  readonly ended: Promise<void>;
  /** postgres://…, mysql://…, mariadb://…, redis://…, with user and password; the database is `tripod` by default. */
  url(database?: string): string;
  /** After stop() or kill(): on the same port, with the same data. */
  start(): Promise<void>;
  /** Clean shutdown; resolves when the last process is gone. */
  stop(): Promise<void>;
  /** SIGKILL to the server and its children; resolves when the last of them is gone. */
  kill(): Promise<void>;
}

/** Starts the server that lives in this place; on another free port when `port` is open and was taken meanwhile. */
export async function serve(
  kind: ServerKind,
  place: Omit<Place, 'port'> & { port: number | undefined },
): Promise<DatabaseServer> {
  for (let attempt = 1; ; attempt++) {
    const settled = { ...place, port: place.port ?? (await freePort()) };
    const life = new ServerProcess(kind, settled);
    try {
      await life.start();
      return asServer(kind, settled, life);
    } catch (error) {
      const again = PORT_TAKEN.test((error as Error).message) && attempt < PORT_ATTEMPTS;
      if (!again || place.port !== undefined) throw error;
    }
  }
}

function asServer(kind: ServerKind, place: Place, life: ServerProcess): DatabaseServer {
  const login = `${kind.user}:${place.password}@127.0.0.1:${place.port}`;
  return {
    type: kind.type,
    host: '127.0.0.1',
    port: place.port,
    user: kind.user,
    password: place.password,
    directory: place.directory,
    get pid() {
      return life.pid;
    },
    get ended() {
      return life.ended;
    },
    url: (database = kind.type === 'redis' ? '' : 'tripod') => `${kind.type}://${login}/${database}`,
    start: () => life.start(),
    stop: () => life.stop(),
    kill: () => life.kill(),
    [Symbol.asyncDispose]: () => life.stop(),
  };
}

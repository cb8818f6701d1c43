// What a kind of server has to say, so that server-process.ts can run any of them.

export type ServerType = 'postgres' | 'mysql' | 'mariadb' | 'redis';

/** Where a server lives, and how. */
export interface Place {
  /** Absolute; everything of the server is below it: data, password, log. */
  directory: string;
  /** Its data; absent until initialize() has made it. */
  data: string;
  port: number;
  /** Of the administrator, `user` of the kind. */
  password: string;
  /** False: nothing waits for the disk. Safe from SIGKILL, not from a power cut. */
  durable: boolean;
  /** Settings added to the kind's own, in the server's own syntax. */
  arguments: string[];
}

export interface Command {
  program: string;
  args: string[];
  /** What the server reads from stdin: secrets are never on a command line. */
  stdin?: string | undefined;
}

export interface ServerKind {
  type: ServerType;
  /** Administrator that the server is made with. */
  user: string;
  defaultPort: number;
  /** Clean and quick end, without waiting for clients. */
  stopSignal: NodeJS.Signals;
  /** Refuses to run as root: everything is done as SERVANT then. */
  servant: boolean;
  /** What this machine lacks, and how to get it; undefined when the server can be started. */
  missing(): Promise<string | undefined>;
  /** Makes the first data in `data`, with the administrator and an empty database `tripod`. Runs once for a folder. */
  initialize(place: Omit<Place, 'port'>): Promise<void>;
  /** Starts the server in the foreground. */
  command(place: Place): Promise<Command>;
  /** Whether the server with this process id serves; a rejection means: not yet. */
  isReady(place: Place, pid: number): Promise<boolean>;
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One row of /proc/net/udp or udp6. */
export type UdpRow = {
  readonly inode: number;
  /** Address and port as the kernel writes them: only good for comparing. */
  readonly local: string;
  readonly port: number;
  /** Datagrams that the kernel discarded at this socket. */
  readonly drops: number;
};

// The columns have no fixed width, but their order is part of the kernel's interface:
// sl local rem st tx:rx tr:when retrnsmt uid timeout inode ref pointer drops
const LOCAL = 1;
const INODE = 9;
const DROPS = 12;

/** Parses the text of /proc/net/udp or udp6. */
export function parseUdpRows(text: string): UdpRow[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const columns = line.trim().split(/\s+/);
      if (columns.length <= DROPS) return [];
      const local = columns[LOCAL];
      const port = Number.parseInt(local.split(':')[1], 16);
      return [{ inode: Number(columns[INODE]), local, port, drops: Number(columns[DROPS]) }];
    });
}

/** The sockets bound to `port` on this machine; empty where /proc does not exist. */
export function udpSocketsOn(port: number): UdpRow[] {
  const rows: UdpRow[] = [];
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    rows.push(...parseUdpRows(readProc(file)).filter((row) => row.port === port));
  }
  return rows;
}

/** Inodes of the sockets this process has open; empty where /proc does not exist. */
export function ownSocketInodes(): Set<number> {
  const inodes = new Set<number>();
  for (const entry of listProc('/proc/self/fd')) {
    const match = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/self/fd/${entry}`));
    if (match) inodes.add(Number(match[1]));
  }
  return inodes;
}

function readProc(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (isMissing(error)) return ''; // not Linux, or a kernel without IPv6
    throw error;
  }
}

function listProc(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isMissing(error)) return ''; // closed since the folder was listed
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

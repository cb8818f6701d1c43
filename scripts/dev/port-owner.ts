import { globSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

const TCP_LISTEN = '0A';

/** "node (pid 4711)": who has the port open, where the kernel tells (Linux, a process that we may look into). */
export function portOwner(port: number, protocol: 'tcp' | 'udp'): string | undefined {
  const inodes = new Set([protocol, `${protocol}6`].flatMap((table) => socketInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const link of globSync('/proc/[0-9]*/fd/*')) {
    const inode = /^socket:\[(\d+)\]$/.exec(readOr(() => readlinkSync(link)))?.[1];
    if (!inode || !inodes.has(inode)) continue;
    const pid = link.split('/')[2]!;
    // Not /proc/PID/comm: Node calls its main thread "MainThread" there.
    const [program = ''] = readOr(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return `${basename(program) || 'a process'} (pid ${pid})`;
  }
  return undefined;
}

/** Columns of /proc/net/tcp and udp: 1 = local address:port in hex, 3 = state, 9 = inode. */
function socketInodes(table: string, port: number): string[] {
  const rows = readOr(() => readFileSync(`/proc/net/${table}`, 'utf8'))
    .split('\n')
    .slice(1);
  return rows.flatMap((row) => {
    const columns = row.trim().split(/\s+/);
    const local = Number.parseInt(columns[1]?.split(':')[1] ?? '', 16);
    const open = table.startsWith('udp') || columns[3] === TCP_LISTEN;
    return local === port && open && columns[9] ? [columns[9]] : [];
  });
}

/** Other users' processes and those that end meanwhile cannot be read: they stay unnamed. */
function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

import type { ServiceProcess } from '../../scripts/processes/service-process.ts';

/** Where to send packets of a family: the fast path's data socket on the loopback address. */
export function dataTarget(fastpath: ServiceProcess, family: 4 | 6): string {
  const port = fastpath.listen.data[0]!.split(':').at(-1);
  return family === 4 ? `127.0.0.1:${port}` : `[::1]:${port}`;
}

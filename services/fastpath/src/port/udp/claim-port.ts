import { createSocket } from 'node:dgram';
import { AppError } from '../../errors.ts';
import { hostPort, type LocalAddress } from './local-addresses.ts';

const ATTEMPTS = 20;

/**
 * Finds out whether the port is free on all of the addresses. The workers' sockets share it by SO_REUSEPORT, and
 * so would, silently, those of a second instance: this binds each address without it, which fails when anybody
 * has it, and lets go again.
 * @param port 0 = one that is free on all addresses.
 * @returns the port, and the addresses that do not exist (yet).
 * @throws AppError `port_in_use`
 */
export async function claimPort(
  addresses: readonly LocalAddress[],
  port: number,
): Promise<{ port: number; missing: LocalAddress[] }> {
  for (let attempt = 1; ; attempt++) {
    const claimed = await tryPort(addresses, port);
    if (claimed.taken === null) return claimed;
    if (port !== 0 || attempt === ATTEMPTS) {
      throw new AppError(
        'port_in_use',
        `UDP ${claimed.taken} is in use by another process; stop it or change DATA_PORT (or DATA_HOST)`,
      );
    }
  }
}

/**
 * The same for the addresses of DATA_HOST, each of which has to be there.
 * @returns the port
 * @throws AppError `port_in_use`, or `start_failed` that names the address
 */
export async function claimDataPort(
  { dataHosts, dataPort }: { readonly dataHosts: readonly string[]; readonly dataPort: number },
  addresses: readonly LocalAddress[],
): Promise<number> {
  const { port, missing } = await claimPort(addresses, dataPort);
  const asked = missing.filter(({ address }) => dataHosts.includes(address));
  if (asked.length === 0) return port;
  const names = asked.map(({ address }) => address).join(', ');
  throw new AppError('start_failed', `DATA_HOST: ${names} is not an address of this machine`);
}

async function tryPort(addresses: readonly LocalAddress[], wanted: number) {
  let port = wanted;
  const missing: LocalAddress[] = [];
  for (const local of addresses) {
    const bound = await bindOnce(local, port);
    if (typeof bound === 'number') port = bound;
    else if (bound === 'EADDRINUSE') return { port, missing, taken: hostPort(local.address, port) };
    else if (bound === 'EADDRNOTAVAIL') missing.push(local);
    else
      throw new AppError(
        'start_failed',
        `UDP ${hostPort(local.address, port)}: ${bound} (DATA_HOST, DATA_PORT)`,
      );
  }
  return { port, missing, taken: null };
}

function bindOnce({ address, family }: LocalAddress, port: number): Promise<number | string> {
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6 });
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code ?? error.message);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}

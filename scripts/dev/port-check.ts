import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { portOwner } from './port-owner.ts';
import { DevProblem } from './problem.ts';
import type { DevSettings, PortVariable } from './settings.ts';

/** @throws DevProblem with one line for each port that is not free: number, user and the variable to set. */
export async function checkPorts({ ports, host }: Pick<DevSettings, 'ports' | 'host'>): Promise<void> {
  const problems = await Promise.all(
    (Object.keys(ports) as PortVariable[]).map(async (variable) => {
      const protocol = variable === 'DATA_PORT' ? 'udp' : 'tcp';
      // ::1 too: a browser that is sent to localhost may try it first, and would find the other program there.
      for (const address of [host, '::1']) {
        const code = await tryToListen(protocol, ports[variable], address);
        if (code) return describe(variable, ports[variable], protocol, code);
      }
      return undefined;
    }),
  );
  const lines = problems.filter((line) => line !== undefined);
  if (lines.length > 0) throw new DevProblem(lines.join('\n'));
}

async function tryToListen(protocol: 'tcp' | 'udp', port: number, host: string): Promise<string | undefined> {
  const socket = protocol === 'tcp' ? createServer() : createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    const listening = once(socket, 'listening');
    if ('listen' in socket) socket.listen({ port, host });
    else socket.bind(port, host);
    await listening;
    await new Promise<void>((done) => socket.close(() => done()));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A machine without IPv6 has no ::1; an unusable HOST is the service's to report.
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'ENOTFOUND') return undefined;
    return code;
  }
}

function describe(variable: PortVariable, port: number, protocol: 'tcp' | 'udp', code: string): string {
  // Close to the usual number, so that it is easy to remember, and below the range of outgoing connections.
  const other = port > 60_000 ? port - 10 : port + 10;
  const remedy = `Stop it, or choose another port: ${variable}=${other} make dev`;
  if (code === 'EACCES')
    return `Port ${port} needs privileges (${code}). Choose another one: ${variable}=${port + 8000} make dev`;
  const owner = portOwner(port, protocol);
  return `Port ${port}${protocol === 'udp' ? '/UDP' : ''} is in use${owner ? ` by ${owner}` : ''}. ${remedy}`;
}

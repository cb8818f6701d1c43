import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * The client as express "trust proxy" sees it; IPv4 in its own form also on a dual-stack socket. A proxy that is trusted
 * may still pass on what its client made up: what is no address counts as the proxy itself.
 */
export function clientAddress({ ip, socket }: Pick<Request, 'ip' | 'socket'>): string {
  const address = plain(ip ?? '');
  return isIP(address) ? address : plain(socket.remoteAddress ?? '');
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

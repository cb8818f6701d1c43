import { isIP } from 'node:net';
import type { Request } from 'express';

/** The log line, the rate limit and the audit log ask for the same one. */
const known = new WeakMap<object, string>();

/**
 * The client as express "trust proxy" sees it; IPv4 in its own form also on a dual-stack socket. A proxy that is trusted
 * may still pass on what its client made up: what is no address counts as the proxy itself.
 */
export function clientAddress(req: Pick<Request, 'ip' | 'socket'>): string {
  let address = known.get(req);
  if (address === undefined) {
    address = plain(req.ip ?? '');
    if (isIP(address) === 0) address = plain(req.socket.remoteAddress ?? '');
    known.set(req, address);
  }
  return address;
}

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

import { isIP } from 'node:net';
import type { Request } from 'express';

/**
 * The client as TRUST_PROXY judges it: the first address, from here outwards, that is no trusted proxy. IPv4 in its
 * own form also on a dual-stack socket. What a proxy wrote instead of an address counts as that proxy.
 */
export function clientAddress({ ip = '', socket }: Request): string {
  const client = plainAddress(ip);
  return isIP(client) === 0 ? plainAddress(socket.remoteAddress ?? '') : client;
}

/** ::ffff:192.0.2.1 → 192.0.2.1 */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

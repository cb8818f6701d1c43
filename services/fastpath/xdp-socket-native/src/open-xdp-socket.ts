import { setTimeout as sleep } from 'node:timers/promises';
import { isXdpError } from './errors.ts';
import { XdpSocket, type XdpSocketOptions } from './xdp-socket.ts';

const PAUSE_MS = 20;

export interface OpenOptions {
  /** How long to go on while the queue is taken, in milliseconds. Default 1000. */
  readonly retryMs?: number;
}

/**
 * Opens a socket on a queue that one was closed on a moment ago: the kernel needs some 100 ms until the queue is free.
 * @throws what XdpSocket throws; EBUSY when the queue is still taken after `retryMs`
 */
export async function openXdpSocket(
  options: XdpSocketOptions,
  { retryMs = 1000 }: OpenOptions = {},
): Promise<XdpSocket> {
  const deadline = performance.now() + retryMs;
  for (;;) {
    try {
      return new XdpSocket(options);
    } catch (error) {
      if (!isXdpError(error) || error.code !== 'EBUSY' || performance.now() >= deadline) throw error;
    }
    await sleep(Math.min(PAUSE_MS, Math.max(0, deadline - performance.now())));
  }
}

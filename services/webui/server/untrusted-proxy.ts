import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';

/**
 * Says once in a process that a peer outside TRUST_PROXY sends forwarding headers. Any client can send them, so one
 * line must do; a real proxy sends them with its first request.
 */
export function createUntrustedProxyWarning(log: Logger): (req: IncomingMessage) => void {
  let warned = false;
  return function warnOfUntrustedProxy({ headers, socket }) {
    if (warned || !('x-forwarded-for' in headers || 'x-forwarded-proto' in headers)) return;
    warned = true;
    log.warn(
      { peer: socket.remoteAddress },
      'X-Forwarded-* headers of this peer are dropped. If it is your proxy, name it in TRUST_PROXY: until then ' +
        'cookies are not Secure, and all its clients share one address and its limits.',
    );
  };
}

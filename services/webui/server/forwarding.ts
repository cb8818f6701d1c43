import type { IncomingMessage } from 'node:http';

/**
 * Which headers cross the proxy. Hop-by-hop headers end here (RFC 9110 §7.6.1); forwarding headers are believed
 * only from a trusted peer; everything else passes untouched.
 */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Connection must not be able to take the framing or the target off a request: that is how smuggling starts. */
const NEVER_HOP_BY_HOP = new Set(['content-length', 'content-type', 'host']);

function hopByHopNames(connection: string | undefined): Set<string> {
  const listed = (connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return new Set([...HOP_BY_HOP, ...listed.filter((name) => !NEVER_HOP_BY_HOP.has(name))]);
}

/** Turns the headers of an incoming request into those of the request to the API, in place. */
export function prepareRequestHeaders(req: IncomingMessage, client: string, peerIsTrusted: boolean): void {
  const { headers } = req;
  const chunked = headers['transfer-encoding'] !== undefined;
  for (const name of hopByHopNames(headers.connection)) delete headers[name];
  // Node has answered "100 Continue" for this hop already.
  delete headers.expect;
  // Framing is made anew for the next hop. Without it a DELETE body would be sent unframed.
  if (chunked) headers['transfer-encoding'] = 'chunked';
  headers['x-request-id'] = String(req.id);
  setForwardingHeaders(req, peerIsTrusted);
  // One address and no chain: the API trusts more ranges than TRUST_PROXY, and would walk on through private
  // addresses to one that the client wrote.
  headers['x-forwarded-for'] = client;
}

function setForwardingHeaders({ headers }: IncomingMessage, peerIsTrusted: boolean): void {
  for (const name of Object.keys(headers)) {
    const isForwarding = name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip';
    // Forwarded and X-Real-IP would be a second truth beside X-Forwarded-For: nobody's are passed on.
    if (isForwarding && !(peerIsTrusted && name.startsWith('x-forwarded-'))) delete headers[name];
  }
  headers['x-forwarded-proto'] ??= 'http';
  headers['x-forwarded-host'] ??= headers.host ?? '';
}

/** The end-to-end headers of a response, as a flat name/value list that keeps order, case and repetition. */
export function endToEndHeaders(response: IncomingMessage): string[] {
  const hopByHop = hopByHopNames(response.headers.connection);
  const { rawHeaders } = response;
  return rawHeaders.filter((_, i) => !hopByHop.has(rawHeaders[i - (i % 2)]!.toLowerCase()));
}

import { ReplyError } from 'ioredis';

/**
 * What Redis calls its refusal (OOM, READONLY, WRONGPASS, …); undefined for anything that is no answer. Old servers
 * wrap what a script met: "ERR Error running script (…): -OOM command not allowed". Never more of the text: it may
 * quote what was sent.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof ReplyError)) return undefined;
  return /(?:^|\s-)(?!ERR\b)([A-Z]{2,20})\b/.exec((error as Error).message)?.[1] ?? 'ERR';
}

/** For everybody to read: what is wrong, but not where. Messages of connections name hosts, addresses and ports. */
export function publicReason(error: Error & { code?: unknown }): string {
  const refusal = refusalOf(error);
  if (refusal) return `it refuses (${refusal})`;
  const code = /^[A-Z][A-Z0-9_]+$/.exec(String(error.code ?? ''))?.[0];
  if (code === undefined)
    return /timed out/i.test(error.message) ? 'it timed out' : 'the connection was lost';
  return /CERT|TLS|SSL|ISSUER/.test(code)
    ? `its certificate is not accepted (${code})`
    : `no connection (${code})`;
}

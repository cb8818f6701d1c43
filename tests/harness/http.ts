/** One HTTP reply, read to its end. */
export interface Reply<T> {
  status: number;
  headers: Headers;
  text: string;
  body: T;
}

export interface Ask {
  token?: string;
  body?: unknown;
  /** Sent as it is, for malformed bodies. */
  raw?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Sends one request; JSON in, JSON out. Never throws on a status, only when the connection fails. */
export async function ask<T>(
  url: string,
  method: string,
  { token, body, raw, headers, signal }: Ask = {},
): Promise<Reply<T>> {
  const sent: Record<string, string> = { ...headers };
  if (token) sent.authorization = `Bearer ${token}`;
  if (body !== undefined) sent['content-type'] ??= 'application/json';
  const reply = await fetch(url, {
    method,
    headers: sent,
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    redirect: 'manual',
    ...(signal && { signal }),
  });
  const text = await reply.text();
  const json = /[/+]json\b/.test(reply.headers.get('content-type') ?? '') && text !== '';
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    body: (json ? JSON.parse(text) : undefined) as T,
  };
}

/** The reply's body, or a failure that shows what came instead. */
export function ok<T>(reply: Reply<T>, status = 200): T {
  if (reply.status !== status)
    throw new Error(`expected ${status}, got ${reply.status}: ${reply.text.slice(0, 500)}`);
  return reply.body;
}

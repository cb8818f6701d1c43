import type { ProxyService } from './service.ts';
import type { Settings } from './settings.ts';

const TIMEOUT_MS = 30_000;
/** The most that it gives at once. */
const PAGE = 1_000;

/** A service as MarchProxy has it. It holds secrets, too: never print one. */
export interface KnownService extends ProxyService {
  id: number;
  cluster_id: number;
  is_active: boolean;
}

export interface MarchProxy {
  /** All that the user may see, deactivated ones included: they hold their names. */
  list(): Promise<KnownService[]>;
  create(service: ProxyService & { cluster_id: number }): Promise<void>;
  update(id: number, change: Partial<KnownService>): Promise<void>;
  /** Makes the secret of an auth_type that needs one, and switches to it. */
  rotate(id: number, authType: string): Promise<void>;
}

/** Logs in. Rejects with an Error whose message holds neither password nor token. */
export async function connect({ url, username, password }: Settings): Promise<MarchProxy> {
  const login = await call<{ access_token?: string; requires_2fa?: boolean }>(url, 'POST', '/auth/login', {
    body: { username, password },
  });
  if (!login?.access_token) {
    throw new Error(
      login?.requires_2fa
        ? 'the user has two-factor authentication: use one for machines, without it'
        : 'the login gave no token',
    );
  }
  const as = { token: login.access_token };
  return {
    async list() {
      const found: KnownService[] = [];
      for (;;) {
        const query = `?active_only=false&skip=${found.length}&limit=${PAGE}`;
        const page = await call<{ total: number; services: KnownService[] }>(
          url,
          'GET',
          `/services${query}`,
          as,
        );
        found.push(...page.services);
        if (page.services.length === 0 || found.length >= page.total) return found;
      }
    },
    create: (body) => call(url, 'POST', '/services', { ...as, body }),
    update: (id, body) => call(url, 'PATCH', `/services/${id}`, { ...as, body }),
    rotate: (id, auth_type) =>
      call(url, 'POST', `/services/${id}/rotate-token`, { ...as, body: { auth_type } }),
  };
}

async function call<T>(
  url: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: object },
): Promise<T> {
  const request = `${method} /api/v1${path.replace(/\?.*/, '')}`;
  let response: Response;
  try {
    response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // Neither password nor token goes where a redirect says.
      redirect: 'error',
    });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`${request}: ${cause instanceof Error ? cause.message : message}`, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new Error(`${request} → ${response.status} ${reasonOf(text)}`.trimEnd());
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${request} → ${response.status}, which is no JSON: is this MarchProxy's API server?`);
  }
}

/** Fields and messages only: a validation error repeats what was sent, the password included. */
function reasonOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: string | { loc: (string | number)[]; msg: string }[] };
    if (typeof detail === 'string') return detail;
    return (detail ?? []).map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join('; ');
  } catch {
    return '';
  }
}

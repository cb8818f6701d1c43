import { type Ask, ask, ok, type Reply } from './http.ts';
import type {
  AuditEntry,
  FastpathStatus,
  Login,
  Page,
  Role,
  Rule,
  RuleCounters,
  RuleInput,
  Stats,
  User,
} from './types.ts';

/** The password of every user that a test makes. */
export const PASSWORD = 'A-long-Enough-passw0rd';

/** A user of the REST API with a session; `base` is an origin, of the API or of the WebUI. */
export class Client {
  readonly base: string;
  login: Login;
  /** Of every request. */
  readonly headers: Record<string, string>;

  constructor(base: string, login: Login, headers: Record<string, string> = {}) {
    this.base = base;
    this.login = login;
    this.headers = headers;
  }

  /** The same session seen through another origin. */
  at(base: string): Client {
    return new Client(base, this.login, this.headers);
  }

  send<T>(method: string, path: string, options: Ask = {}): Promise<Reply<T>> {
    const headers = { ...this.headers, ...options.headers };
    const token = this.login.access_token;
    return ask<T>(`${this.base}/api/v1${path}`, method, { token, ...options, headers });
  }

  async get<T>(path: string): Promise<T> {
    return ok(await this.send<T>('GET', path));
  }

  async createRule(rule: RuleInput): Promise<Rule> {
    return ok(await this.send<Rule>('POST', '/rules', { body: rule }), 201);
  }

  async deleteRule(id: string): Promise<void> {
    ok(await this.send('DELETE', `/rules/${id}`, { headers: { 'if-match': '*' } }), 204);
  }

  async createUser(email: string, role: Role): Promise<User> {
    const body = { email, full_name: email.split('@')[0], role, password: PASSWORD };
    return ok(await this.send<User>('POST', '/users', { body }), 201);
  }

  status(): Promise<FastpathStatus> {
    return this.get('/fastpath/status');
  }

  stats(): Promise<Stats> {
    return this.get('/fastpath/stats');
  }

  /** Of these rules; without ids, of the busiest hundred. */
  ruleCounters(ids?: string[]): Promise<RuleCounters> {
    return this.get(`/fastpath/rules${ids ? `?rule_ids=${ids}` : ''}`);
  }

  /** Every item of a keyset list, page after page. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page: Page<T> = await this.get(`${path}${path.includes('?') ? '&' : '?'}limit=100${next}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return items;
  }

  auditOf(resourceType: string): Promise<AuditEntry[]> {
    return this.all(`/audit-logs?resource_type=${resourceType}`);
  }
}

/** The raw reply to a login, for tests that look at the refusal. */
export function tryLogin(base: string, email: string, password: string, headers?: Record<string, string>) {
  return ask<Login>(`${base}/api/v1/auth/login`, 'POST', { body: { email, password }, headers });
}

export async function signIn(base: string, email: string, password = PASSWORD): Promise<Client> {
  return new Client(base, ok(await tryLogin(base, email, password)));
}

/** The first administrator, who exists in every stack. */
export function signInAdmin({
  apiUrl,
  admin,
}: {
  apiUrl: string;
  admin: { email: string; password: string };
}) {
  return signIn(apiUrl, admin.email, admin.password);
}

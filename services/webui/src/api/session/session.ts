/**
 * The signed-in state of this tab. The access token lives here, in memory; the refresh token is an HttpOnly cookie
 * that all tabs share and that every use replaces. Two uses of one cookie look like theft to the API and end the
 * session, so an exchange happens once per tab (single flight) and in one tab at a time (`exclusively`), and what one
 * tab obtains the others adopt.
 */

export interface Grant {
  accessToken: string;
  userId: string;
  /** Lifetime of the access token, in seconds from its receipt. */
  expiresIn: number;
}

export type Exchange =
  | { kind: 'renewed'; grant: Grant }
  | { kind: 'refused' }
  | { kind: 'unreachable'; reason: string };

export type SessionMessage = { type: 'granted'; grant: Grant } | { type: 'signed-out' };

export type SessionState =
  | { status: 'restoring' }
  | { status: 'signed-out' }
  | { status: 'signed-in'; accessToken: string; userId: string }
  /** Logout is under way: pages are gone, the token is good for telling the API. */
  | { status: 'signing-out'; accessToken: string; userId: string };

export interface SessionDeps {
  /** Trades the refresh cookie for an access token. Never rejects. */
  exchange(): Promise<Exchange>;
  /** Runs `task` while no other tab runs one. */
  exclusively<T>(task: () => Promise<T>): Promise<T>;
  publish(message: SessionMessage): void;
  /** Whether a refresh cookie may exist: it cannot be read, and asking without one is an error in the console. */
  hint: { get(): boolean; set(value: boolean): void };
  /** Monotonic clock, milliseconds. */
  now(): number;
  /** Resolves after `ms`, or earlier when the network comes back. */
  pause(ms: number): Promise<void>;
}

const RESTORE_PAUSES_MS = [1000, 2000, 4000, 8000];

export class Session {
  #state: SessionState = { status: 'restoring' };
  #staleAt = 0;
  #flight: Promise<Exchange['kind']> | undefined;
  // Grows with every sign-in and sign-out, so that an answer that was under way cannot undo them.
  #epoch = 0;
  readonly #listeners = new Set<() => void>();
  readonly #deps: SessionDeps;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  getState = (): SessionState => this.#state;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get accessToken(): string | null {
    return 'accessToken' in this.#state ? this.#state.accessToken : null;
  }

  /** True shortly before the access token expires: renewing then spares a refused request. */
  get isStale(): boolean {
    return this.accessToken !== null && this.#deps.now() >= this.#staleAt;
  }

  /** Finds out whether the cookie still carries a session; keeps trying while the API cannot be reached. */
  async restore(): Promise<void> {
    if (!this.#deps.hint.get()) return this.#become({ status: 'signed-out' });
    for (let attempt = 0; this.#state.status === 'restoring'; attempt += 1) {
      const outcome = await this.renew(null);
      if (outcome !== 'unreachable') return;
      await this.#deps.pause(RESTORE_PAUSES_MS[Math.min(attempt, RESTORE_PAUSES_MS.length - 1)] ?? 8000);
    }
  }

  /** Replaces `spentToken`. Any number of callers share one exchange; a token that was replaced already is enough. */
  renew(spentToken: string | null): Promise<Exchange['kind']> {
    if (this.#wasReplaced(spentToken)) return Promise.resolve('renewed');
    this.#flight ??= this.#exchange(spentToken).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  signIn(grant: Grant): void {
    this.#adopt(grant);
    this.#deps.publish({ type: 'granted', grant });
  }

  /** Takes the pages away, and their requests with them, before the API ends the session under them. */
  beginSignOut(): void {
    if (this.#state.status === 'signed-in') this.#become({ ...this.#state, status: 'signing-out' });
  }

  /** The API could not be told: the session goes on. */
  abandonSignOut(): void {
    if (this.#state.status === 'signing-out') this.#become({ ...this.#state, status: 'signed-in' });
  }

  signOut(): void {
    this.#end();
    this.#deps.publish({ type: 'signed-out' });
  }

  /** What another tab has published. */
  receive(message: SessionMessage): void {
    if (message.type === 'granted') this.#adopt(message.grant);
    else this.#end();
  }

  #wasReplaced(spentToken: string | null): boolean {
    return this.accessToken !== null && this.accessToken !== spentToken;
  }

  #exchange(spentToken: string | null): Promise<Exchange['kind']> {
    const epoch = this.#epoch;
    return this.#deps.exclusively(async () => {
      // Another tab may have published a new token, or signed out, while this one waited for its turn.
      if (this.#wasReplaced(spentToken)) return 'renewed';
      if (this.#epoch !== epoch) return 'refused';
      const result = await this.#deps.exchange();
      if (this.#epoch !== epoch) return this.accessToken === null ? 'refused' : 'renewed';
      if (result.kind === 'renewed') this.signIn(result.grant);
      if (result.kind === 'refused') this.signOut();
      return result.kind;
    });
  }

  #adopt(grant: Grant): void {
    this.#epoch += 1;
    const marginS = Math.min(15, grant.expiresIn * 0.1);
    this.#staleAt = this.#deps.now() + (grant.expiresIn - marginS) * 1000;
    this.#deps.hint.set(true);
    const status = this.#state.status === 'signing-out' ? 'signing-out' : 'signed-in';
    this.#become({ status, accessToken: grant.accessToken, userId: grant.userId });
  }

  #end(): void {
    this.#epoch += 1;
    this.#deps.hint.set(false);
    this.#become({ status: 'signed-out' });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

import type { Logger } from 'pino';

/** A part of the service that starts in the background or holds something that must be closed. */
export interface Component {
  name: string;
  /** Called once the server listens. */
  start?(): void;
  /** Called in reverse order of use() when no request is left. */
  close?(): Promise<void> | void;
}

/**
 * What runs besides requests, and the two signals of the end: `stopping` (readiness is off, requests still come) and
 * `draining` (the listener is closed: streams must end now).
 */
export interface Lifecycle {
  use(component: Component): void;
  start(): void;
  readonly stopping: AbortSignal;
  readonly draining: AbortSignal;
  stop(): void;
  drain(): void;
  /** Closes everything, also when something fails to close; failures are logged. */
  close(): Promise<void>;
}

export function createLifecycle(log: Logger): Lifecycle {
  const components: Component[] = [];
  const stopping = new AbortController();
  const draining = new AbortController();
  return {
    use: (component) => void components.push(component),
    start() {
      for (const component of components) component.start?.();
    },
    stopping: stopping.signal,
    draining: draining.signal,
    stop: () => stopping.abort(),
    drain() {
      stopping.abort();
      draining.abort();
    },
    async close() {
      for (const component of components.splice(0).reverse()) {
        try {
          await component.close?.();
        } catch (error) {
          log.error({ err: error, component: component.name }, 'could not close');
        }
      }
    },
  };
}

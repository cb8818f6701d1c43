import { access } from 'node:fs/promises';
import { type RequestHandler, Router } from 'express';
import type { Context } from './context.ts';
import { setRoute } from './metrics.ts';

interface Check {
  ok: boolean;
  reason?: string;
}

const PROBE_TIMEOUT_MS = 1_000;
/** /readyz is public: however often it is asked, the API is probed no more than this often. */
const PROBE_MAX_AGE_MS = 1_000;

/**
 * /healthz: the process is alive; touches nothing.
 * /readyz: 503 while shutting down or without a built app. An API that is away is reported as "degraded" with 200:
 * the UI itself shows that state, so taking its pods out of service would only hide the reason from people.
 */
export function health(context: Context): Router {
  const probeApi = cached(() => checkApi(context.config.API_URL), PROBE_MAX_AGE_MS);
  const ready: RequestHandler = async (_req, res) => {
    const [app, api] = await Promise.all([checkApp(context), probeApi()]);
    const lifecycle: Check = context.state.shuttingDown
      ? { ok: false, reason: 'shutting down' }
      : { ok: true };
    const serves = app.ok && lifecycle.ok;
    const status = serves ? (api.ok ? 'ready' : 'degraded') : 'not_ready';
    res.status(serves ? 200 : 503).json({ status, checks: { lifecycle, app, api } });
  };
  const router = Router();
  router.use(['/healthz', '/readyz'], (_req, res, next) => {
    setRoute(res, 'health');
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  router.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/readyz', ready);
  return router;
}

async function checkApp({ config, dist }: Context): Promise<Check> {
  if (config.APP_ENV === 'development') return { ok: true };
  try {
    await access(new URL('index.html', dist));
    return { ok: true };
  } catch {
    return { ok: false, reason: 'the web app is not built: run make build' };
  }
}

async function checkApi(origin: string): Promise<Check> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const response = await fetch(new URL('/readyz', origin), { signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.ok ? { ok: true } : { ok: false, reason: `the API answers ${response.status}` };
  } catch (error) {
    return { ok: false, reason: `the API is not reachable (${errorCode(error)})` };
  }
}

function errorCode(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? name;
}

/** Asks once for all who ask within maxAgeMs. */
function cached<T>(ask: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let askedAt = 0;
  return () => {
    const now = performance.now();
    if (answer === undefined || now - askedAt > maxAgeMs) {
      askedAt = now;
      answer = ask();
    }
    return answer;
  };
}

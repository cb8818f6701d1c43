import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import { setRoute } from './metrics.ts';
import { sendProblem } from './problem.ts';
import { looksLikeApiPath } from './request-target.ts';

/** Never the address of a page, so never answered with index.html. */
const NO_PAGE = /^\/[/\\]|^\/(?:healthz|readyz|metrics|assets)(?:\/|$)|\.[a-z0-9]+$/i;

const NOT_BUILT = `<!doctype html><html lang="en"><title>Not built</title>
<h1>The web app is not built</h1><p>Run <code>make build</code>, then reload this page.</p></html>
`;

/** The built app: files whose name holds their hash are kept for ever, all others are revalidated. */
export function builtPages(dist: URL): RequestHandler {
  const root = fileURLToPath(dist);
  const files = express.static(root, {
    index: false,
    redirect: false,
    cacheControl: false,
    setHeaders(res, path) {
      const hashed = path.startsWith(`${root}assets/`);
      setRoute(res, path.endsWith('.html') ? 'page' : 'asset');
      res.setHeader('Cache-Control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  return pages(files, function sendIndex(_req, res, next) {
    const options = { root, cacheControl: false, headers: { 'Cache-Control': 'no-cache' } };
    res.sendFile('index.html', options, (error?: NodeJS.ErrnoException) => {
      if (error === undefined || error === null || res.headersSent) return;
      if (error.code !== 'ENOENT') return next(error);
      res
        .status(503)
        .setHeader('Retry-After', 5)
        .setHeader('Cache-Control', 'no-store')
        .type('html')
        .send(NOT_BUILT);
    });
  });
}

/** Reads only; `files` first, then the app's page for addresses that the app itself routes, then 404. */
export function pages(files: RequestHandler, sendIndex: RequestHandler): Router {
  const router = Router();
  router.use((req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    res.setHeader('Allow', 'GET, HEAD');
    sendProblem(req, res, 'method_not_allowed', { close: true });
  });
  router.use(files);
  router.use((req, res, next) => {
    if (!isNavigation(req.path, req.headers.accept)) return next();
    setRoute(res, 'page');
    sendIndex(req, res, next);
  });
  router.use((req, res) => sendProblem(req, res, 'not_found'));
  return router;
}

/** Scripts and images ask for anything at all; only a navigation names text/html. */
function isNavigation(path: string, accept = ''): boolean {
  if (path === '/') return true;
  return accept.includes('text/html') && !NO_PAGE.test(path) && !looksLikeApiPath(path);
}

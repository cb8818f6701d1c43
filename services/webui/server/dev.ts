import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { createServer, type Logger as ViteLogger } from 'vite';
import { pages } from './static.ts';

/** The app straight from src/, compiled on request, with hot reload over a websocket on the same server. */
export async function createDevPages(
  log: Logger,
  server: Server,
): Promise<{ handler: RequestHandler; close(): Promise<void> }> {
  const root = new URL('../', import.meta.url);
  const vite = await createServer({
    root: fileURLToPath(root),
    appType: 'custom',
    customLogger: viteLogger(log),
    server: { middlewareMode: true, ws: { server } },
  });
  const handler = pages(vite.middlewares, async function sendIndex(req, res) {
    const template = await readFile(new URL('index.html', root), 'utf8');
    const html = await vite.transformIndexHtml(req.originalUrl, template);
    res.setHeader('Cache-Control', 'no-store').type('html').send(html);
  });
  return { handler, close: () => vite.close() };
}

function viteLogger(log: Logger): ViteLogger {
  const logger: ViteLogger = {
    hasWarned: false,
    info: (message) => log.debug(message),
    warn: (message) => log.warn(message),
    warnOnce: (message) => log.warn(message),
    error: (message) => log.error(message),
    clearScreen: () => {},
    hasErrorLogged: () => false,
  };
  return logger;
}

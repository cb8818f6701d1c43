import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http, {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import type { Limits } from '../limits.ts';
import { type RunningServer, startServer } from '../server.ts';

export interface Upstream {
  url: string;
  server: Server;
  close(): Promise<void>;
}

/** A real API stand-in on a port of its own. */
export async function startUpstream(handler: RequestListener, port = 0): Promise<Upstream> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close };
}

export interface Webui {
  url: string;
  port: number;
  metricsUrl: string;
  context: Context;
  logLines: string[];
  running: RunningServer;
}

export interface WebuiOptions {
  limits?: Partial<Limits>;
  env?: Record<string, string>;
  dist?: URL;
}

export async function startWebui(apiUrl: string, options: WebuiOptions = {}): Promise<Webui> {
  const logLines: string[] = [];
  const config = readConfig({
    APP_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    API_URL: apiUrl,
    ...options.env,
  });
  const context = createContext(config, {
    limits: { drainMs: 2_000, ...options.limits },
    logTo: { write: (line) => void logLines.push(line) },
    dist: options.dist ?? (await makeDist()),
  });
  const running = await startServer(context);
  let stopped: Promise<void> | undefined;
  const shutdown = () => {
    stopped ??= running.shutdown();
    return stopped;
  };
  onTestFinished(shutdown);
  const { http: address, metrics } = running.listen;
  return {
    url: `http://${address}`,
    port: Number(address.split(':')[1]),
    metricsUrl: `http://${metrics}/metrics`,
    context,
    logLines,
    running: { listen: running.listen, shutdown },
  };
}

/** A built app of two files in a folder of its own. */
export async function makeDist(): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'webui-dist-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>the app</title>');
  await writeFile(join(folder, 'assets', 'app-1a2b3c4d.js'), 'export {};');
  await writeFile(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  return pathToFileURL(`${folder}/`);
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
  text: string;
}

export interface SendOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string | Buffer;
  agent?: http.Agent;
}

/** One request with the path exactly as given (fetch would normalise it). */
export function send(url: string, path: string, options: SendOptions = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, agent } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { hostname, port } = new URL(url);
  const request = http.request({ hostname, port, path, method, headers, agent: agent ?? false });
  request.on('error', reject);
  request.on('response', async (response) => {
    try {
      const content = Buffer.concat(await response.toArray());
      const { statusCode: status = 0, headers, rawHeaders } = response;
      resolve({ status, headers, rawHeaders, body: content, text: content.toString() });
    } catch (error) {
      reject(error);
    }
  });
  request.end(body);
  return promise;
}

/** Sends bytes as they are and returns everything that comes back until the server hangs up. */
export async function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  const socket = openRaw(port);
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(received).toString('latin1');
}

export function openRaw(port: number): net.Socket {
  const socket = net.connect(port, '127.0.0.1');
  // A reset is a normal way to be hung up on; every caller waits for 'close'.
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Polls until the condition holds; the deadline only ends a hang. */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await delay(10);
  }
}

/** Waits until a number has stopped changing for half a second, and returns it. */
export async function settled(read: () => number): Promise<number> {
  let last = read();
  let same = 0;
  await eventually('the number settles', async () => {
    await delay(25);
    same = read() === last ? same + 1 : 0;
    last = read();
    return same >= 20;
  });
  return last;
}

export async function metric(webui: Webui, line: string): Promise<number> {
  const { text } = await send(webui.metricsUrl, '/metrics');
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

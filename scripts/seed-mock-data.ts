// Puts realistic data into a running Tripod, over its REST API.
// API_URL (http://127.0.0.1:5000), ADMIN_EMAIL, ADMIN_PASSWORD, SEED_PASSWORD (of the users added; random when unset).
import { BlockList, isIP } from 'node:net';
import { logIn, RestError, UnreachableError } from './seed/rest-client.ts';
import { seedMockData } from './seed/seed.ts';

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const apiUrl = (env.API_URL || `http://127.0.0.1:${env.API_PORT || 5000}`).replace(/\/+$/, '');
  const { email, password } = adminOf(apiUrl, env);
  const api = await logIn(apiUrl, email, password);
  const report = await seedMockData(api, env.SEED_PASSWORD || undefined);
  for (const line of report.lines) console.log(line);
  if (report.password && !env.SEED_PASSWORD) {
    console.log(`The new users' password, shown only now: ${report.password}`);
  }
}

/** The development admin is tried on this machine only: its password must not travel. */
function adminOf(apiUrl: string, env: NodeJS.ProcessEnv): { email: string; password: string } {
  if (env.ADMIN_EMAIL && env.ADMIN_PASSWORD) return { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD };
  const host = new URL(apiUrl).hostname.replace(/^\[|\]$/g, '');
  if (!isLoopback(host)) throw new Error(`Set ADMIN_EMAIL and ADMIN_PASSWORD for ${apiUrl}.`);
  return { email: env.ADMIN_EMAIL || 'admin@example.com', password: env.ADMIN_PASSWORD || 'admin' };
}

function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  const family = isIP(host);
  return host === 'localhost' || (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4'));
}

function explain(error: unknown): string {
  if (error instanceof UnreachableError) return `${error.message}. Start it with: make dev`;
  if (error instanceof RestError && error.status === 401) {
    return `${error.message}. If the admin's password was changed, set ADMIN_EMAIL and ADMIN_PASSWORD.`;
  }
  return (error as Error).message;
}

main(process.env).catch((error) => {
  console.error(`seed-mock-data: ${explain(error)}`);
  process.exitCode = 1;
});

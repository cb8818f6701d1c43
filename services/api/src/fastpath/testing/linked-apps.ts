import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Person, startTestApp, type TestApp } from '../../testing/test-app.ts';
import { type FakeFastPath, startFakeFastPath } from './fake-fastpath.ts';

export const SECRET = 'a-fastpath-secret-only-for-tests-0123456789';

/** API processes on one database, linked to fast paths; admin is signed in to the first. */
export interface LinkedApps {
  apps: TestApp[];
  fakes: FakeFastPath[];
  admin: Person;
  /** Starts a fast path anew under the address of a former one. */
  restart(index: number): Promise<FakeFastPath>;
  createRule(fields?: object, app?: TestApp): Promise<{ id: string; etag: string }>;
  close(): Promise<void>;
}

interface LinkOptions {
  apps?: number;
  fakes?: number;
  env?: Record<string, string>;
}

export async function startLinkedApps({
  apps = 1,
  fakes = 1,
  env = {},
}: LinkOptions = {}): Promise<LinkedApps> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-link-'));
  const running = await Promise.all(
    Array.from({ length: fakes }, () => startFakeFastPath({ secret: SECRET })),
  );
  const started: TestApp[] = [];
  for (let index = 0; index < apps; index += 1) {
    const app = await startTestApp({
      DB_NAME: join(folder, 'shared.sqlite'),
      FASTPATH_ADDRESS: running.map(({ address }) => address).join(','),
      FASTPATH_SECRET: SECRET,
      RECONCILE_INTERVAL_MS: '500',
      ...env,
    });
    app.ctx.lifecycle.start();
    started.push(app);
  }
  const admin = await started[0]!.person('admin');
  return {
    apps: started,
    fakes: running,
    admin,
    async restart(index) {
      running[index]?.kill();
      const fake = await startFakeFastPath({ secret: SECRET, port: running[index]?.port ?? 0 });
      running[index] = fake;
      return fake;
    },
    async createRule(fields = {}, app = started[0]!) {
      const rule = { name: 'a rule', action: 'drop', protocol: 'udp', dst_port_min: 7000, ...fields };
      const reply = await app.request().post('/api/v1/rules').set(admin.bearer).send(rule).expect(201);
      return { id: reply.body.id, etag: String(reply.headers.etag) };
    },
    async close() {
      for (const app of started) await app.close();
      for (const fake of running) fake.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import assert from 'node:assert/strict';
import type { ServiceProcess } from '../processes/service-process.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { Checklist } from '../suites/checklist.ts';

async function body(url: string): Promise<string> {
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, 200, `${url} answers ${response.status}: ${text.slice(0, 300)}`);
  return text;
}

interface Service {
  readonly name: ServiceProcess['name'];
  /** host:port; without one of its own, metrics are on `http`. */
  readonly listen: { readonly http: string; readonly metrics?: string | undefined };
}

/** Health, readiness and metrics of every service. */
export async function checkServices(
  checks: Checklist,
  stack: Record<'fastpath' | 'api' | 'webui', Service>,
): Promise<void> {
  const services: Service[] = [stack.fastpath, stack.api, stack.webui];
  for (const { name, listen } of services) {
    await checks.check(`${name}: healthy`, async () => {
      assert.deepEqual(JSON.parse(await body(`http://${listen.http}/healthz`)), { status: 'ok' });
    });
    await checks.check(`${name}: ready, with every check passed`, () =>
      waitUntil(`${name} to be ready`, async () => {
        assert.equal(
          (JSON.parse(await body(`http://${listen.http}/readyz`)) as { status: string }).status,
          'ready',
        );
        return true;
      }),
    );
    await checks.check(`${name}: metrics`, async () => {
      const metrics = await body(`http://${listen.metrics ?? listen.http}/metrics`);
      const samples = metrics.split('\n').filter((line) => line && !line.startsWith('#'));
      assert.ok(samples.length >= 10, `only ${samples.length} samples`);
    });
  }
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killTree, logTail, startChild } from '../../scripts/databases/child.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { findPrometheus } from '../../scripts/verify/monitoring/prometheus-program.ts';
import type { Group } from '../../scripts/verify/monitoring/rules.ts';
import { freePort } from './free-port.ts';
import { ask, ok } from './http.ts';

/** A target as the cluster gives it: its address, and the labels that come with its ServiceMonitor. */
export interface Target {
  address: string;
  labels: Record<string, string>;
}

export interface Prometheus extends AsyncDisposable {
  /** How many series the expression has at this moment. */
  count(expression: string): Promise<number>;
  /** Rules that could not be evaluated, with why. */
  failedRules(): Promise<string[]>;
}

interface RuleState {
  name: string;
  health: string;
  lastError?: string;
}

/** A real Prometheus that asks the targets, and goes through the rules, each second. */
export async function startPrometheus(targets: Target[], groups: readonly Group[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-prometheus-'));
  const port = await freePort();
  // JSON is YAML as well.
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ groups }));
  writeFileSync(join(folder, 'prometheus.yaml'), JSON.stringify(configuration(targets)));
  const log = join(folder, 'log');
  const args = [
    `--config.file=${join(folder, 'prometheus.yaml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = startChild(
    { program: await findPrometheus('prometheus'), args },
    { log, endSignal: 'SIGKILL' },
  );
  const url = `http://127.0.0.1:${port}`;
  const get = async <T>(path: string) => ok(await ask<{ data: T }>(`${url}/api/v1${path}`, 'GET')).data;
  const stop = async () => {
    await killTree(child.pid!);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitUntil(
      () => `Prometheus:\n${logTail(log, 0)}`,
      async () => (await fetch(`${url}/-/ready`)).ok,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async count(expression) {
      const query = encodeURIComponent(expression);
      return (await get<{ result: unknown[] }>(`/query?query=${query}`)).result.length;
    },
    async failedRules() {
      const { groups: states } = await get<{ groups: { rules: RuleState[] }[] }>('/rules');
      return states
        .flatMap(({ rules }) => rules)
        .flatMap(({ name, health, lastError }) =>
          health === 'ok' ? [] : [`${name}: ${lastError || health}`],
        );
    },
    [Symbol.asyncDispose]: stop,
  };
}

function configuration(targets: Target[]) {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: targets.map(({ address, labels }, n) => ({
      job_name: `target-${n}`,
      static_configs: [{ targets: [address], labels }],
    })),
  };
}

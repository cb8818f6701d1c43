// Prometheus' own tool for rules. It looks at the text that ships: the `spec` of each PrometheusRule.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { Query } from './dashboards.ts';
import { findPrometheus } from './prometheus-program.ts';
import type { Group } from './rules.ts';

const execute = promisify(execFile);

/** Rejects with what promtool says: about syntax, types, templates, rules that come twice. */
export async function checkRules(groups: readonly Group[]): Promise<void> {
  await withRules(groups, (folder) => promtool(folder, 'check', 'rules', '--lint-fatal', 'rules.yaml'));
}

/** The queries of dashboards, checked as if they were rules: a rate of what is no range is found by types alone. */
export async function checkQueries(queries: readonly Query[]): Promise<void> {
  const rules = queries.map(({ expression }, n) => ({ record: `query:number:${n}`, expr: expression }));
  const numbered = queries.map(({ where }, n) => `${n + 1}: ${where}`).join('\n');
  await checkRules([{ name: 'queries', rules }]).catch((error: Error) => {
    throw new Error(`${error.message}\nthe queries by number:\n${numbered}`, { cause: error });
  });
}

/**
 * Runs promtool's unit tests, which name their rules `rules.yaml`. Annotations are left out: promtool would compare each
 * word of them, and what can be wrong there (a label that the alert does not have) is told from the labels.
 */
export async function testRules(groups: readonly Group[], tests: readonly string[]): Promise<void> {
  const bare = groups.map(({ name, rules }) => ({
    name,
    rules: rules.map(({ annotations: _, ...rule }) => rule),
  }));
  await withRules(bare, (folder) => {
    const files = tests.map((file, n) => {
      cpSync(file, join(folder, `${n}.yaml`));
      return `${n}.yaml`;
    });
    return promtool(folder, 'test', 'rules', ...files);
  });
}

async function withRules(
  groups: readonly Group[],
  work: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tripod-rules-'));
  try {
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function promtool(folder: string, ...args: string[]): Promise<void> {
  const program = await findPrometheus('promtool');
  try {
    await execute(program, args, { cwd: folder });
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error([stdout.trim(), stderr.trim()].filter(Boolean).join('\n') || message, { cause: error });
  }
}

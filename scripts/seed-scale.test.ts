import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownEnvironment, runDev } from './dev/testing/dev-run.ts';
import { inRepository } from './repository.ts';

let directory: string;
let env: Record<string, string>;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-scale-'));
  env = await ownEnvironment(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const AMOUNTS = ['--users', '30', '--audit', '50', '--rules', '20'];

function seedScale(...args: string[]): Promise<{ code: number; output: string }> {
  const script = inRepository('scripts/seed-scale.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...AMOUNTS, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, output: `${stdout}${stderr}`.trim() }),
    );
  });
}

/** Rows of the database of make dev, and how many rules its counter says. */
function counted(): Record<'users' | 'audit' | 'rules' | 'rule_count', number> {
  const file = new DatabaseSync(join(directory, 'tripod.sqlite'), { readOnly: true });
  try {
    const count = (sql: string) => Number(Object.values(file.prepare(sql).get()!)[0]);
    return {
      users: count('select count(*) from users'),
      audit: count('select count(*) from audit_logs'),
      rules: count('select count(*) from rules'),
      rule_count: count('select rule_count from ruleset_state'),
    };
  } finally {
    file.close();
  }
}

test('makes the database where there is none, and fills it once', async () => {
  expect(await seedScale()).toMatchObject({ code: 0, output: expect.stringMatching(/^users: 30 of 30/) });
  expect(counted()).toEqual({ users: 30, audit: 50, rules: 20, rule_count: 20 });
  const again = await seedScale();
  expect(again.output).toMatch(/has users or rules already; --append adds to them, make db-reset empties it/);
  expect([again.code, counted().users]).toEqual([1, 30]);
});

test('adds to what make dev has made when told to, and not while that runs', async () => {
  const dev = runDev(env);
  try {
    await dev.waitForLine('Tripod is ready');
    expect(await seedScale('--append')).toEqual({
      code: 1,
      output: expect.stringMatching(/^Tripod runs here already/),
    });
  } finally {
    dev.child.kill('SIGTERM');
    await dev.exited;
  }
  const before = counted();
  expect(before.rules, 'the mock data').toBeGreaterThan(0);
  expect((await seedScale()).output).toMatch(/--append adds to them/);
  expect(counted()).toEqual(before);
  expect(await seedScale('--append')).toMatchObject({ code: 0 });
  expect(counted()).toEqual({
    users: before.users + 30,
    audit: before.audit + 50,
    rules: before.rules + 20,
    rule_count: before.rule_count + 20,
  });
});

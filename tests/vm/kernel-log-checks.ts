// Runs inside of an emulated machine, after everything else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './wire.ts';

test('the kernel had nothing to complain about', () => {
  const complaints = run('dmesg')
    .split('\n')
    .filter((line) => /BUG:|WARNING:|Oops|Call Trace|Out of memory|DMAR: \[|DMAR.*[Ff]ault/.test(line));
  assert.deepEqual(complaints, []);
});

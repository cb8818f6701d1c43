// Runs inside of an emulated machine, because libxdp's dispatcher needs programs that replace functions, which a kernel
// in lockdown refuses: our program and somebody else's on one network card.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { probe, XdpProgram } from '../../src/index.ts';
import { namedProgram } from '../bpf-objects.ts';
import { defaultProgram, u16 } from '../default-program.ts';

const CARD = 'card';
const NEIGHBOUR = 'neighbour';
const OURS = 'udp_to_xsk';

function programsOnCard(): string[] {
  const attached = probe(CARD).interface?.attached;
  assert.ok(attached && 'programs' in attached, JSON.stringify(attached));
  return attached.programs.map(({ name }) => name).sort();
}

suite('dispatcher', () => {
  test('programs live beside each other, and each goes alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dispatcher-'));
    const file = namedProgram(folder, NEIGHBOUR);
    const neighbour = new XdpProgram({ file, program: NEIGHBOUR, constants: { port: u16(7001) } });
    const ours = defaultProgram();
    try {
      assert.deepEqual(neighbour.attach({ interface: CARD }), {
        mode: 'native',
        dispatcher: true,
        replaced: 0,
      });
      assert.deepEqual(ours.attach({ interface: CARD }), { mode: 'native', dispatcher: true, replaced: 0 });
      assert.deepEqual(programsOnCard(), [NEIGHBOUR, OURS]);
      ours.detach();
      assert.deepEqual(programsOnCard(), [NEIGHBOUR]);
      ours.attach({ interface: CARD });
      neighbour.detach();
      assert.deepEqual(programsOnCard(), [OURS]);
    } finally {
      ours.close();
      neighbour.close();
      rmSync(folder, { recursive: true });
    }
    assert.deepEqual(programsOnCard(), []);
  });
});

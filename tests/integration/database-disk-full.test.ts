import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import {
  isRunning,
  RAISE_MS,
  raiseServerStage,
  raiseSqliteStage,
  type ServerStage,
  type Stage,
  startServer,
  supervise,
} from '../harness/fault-stage.ts';
import { untilReason, untilRefused, untilServed } from '../harness/fault-waits.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from '../harness/small-disk.ts';
import { underLoad } from '../harness/under-load.ts';
import { withServers } from '../harness/with-servers.ts';

describe.each(['postgres', 'mysql', 'mariadb', 'sqlite'] as const)(
  '%s on a disk that is full, and then is not',
  (type) => {
    // In CI the capability must be there, and the test fails where it is not.
    const impossible = process.env.CI === 'true' ? undefined : noSmallDisk();
    let stage: Stage | ServerStage;
    let disk: SmallDisk;
    const mount = async (directory: string, undo: AsyncDisposableStack) => {
      disk = undo.use(await mountSmallDisk(join(directory, 'disk')));
      return disk.path;
    };
    const raise = async () => {
      if (impossible) return;
      if (type === 'sqlite') stage = await raiseSqliteStage(mount);
      else {
        const start = async (directory: string, undo: AsyncDisposableStack) =>
          startServer(type, join(await mount(directory, undo), type));
        stage = await raiseServerStage({ type, start });
      }
    };
    withServers(type === 'sqlite' ? [] : [type], raise, RAISE_MS);
    afterAll(async () => {
      disk?.free();
      await stage?.[Symbol.asyncDispose]();
    });

    test('refuses what it cannot store, says why, and goes on by itself', async ({ skip }) => {
      skip(impossible !== undefined, impossible);
      await using undo = new AsyncDisposableStack();
      const load = { what: `${type}, disk full`, label: 'full', padding: 1000 };
      const faults = await underLoad(stage, load, async (ledger) => {
        disk.fill();
        await untilRefused(ledger);
        await waitUntil('a refusal because of the disk', () =>
          /disk/.test([...ledger.refusals.keys()].join()),
        );
        // A server that stops over it is away, and no longer full.
        await untilReason(stage.admins, /disk/, () => 'server' in stage && !isRunning(stage.server));
        disk.free();
        // It may end a moment later, too; then it is started again.
        if ('server' in stage) undo.use(supervise(stage.server));
        await untilServed(ledger, 2);
      });
      expect(faults).toEqual([]);
    });
  },
);

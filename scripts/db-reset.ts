// `make db-reset`: drops the data of `make dev`, and nothing else does. Names what it will drop, and asks.
import { createInterface } from 'node:readline/promises';
import { webuiUrl } from './dev/banner.ts';
import { holdInstanceLock } from './dev/instance-lock.ts';
import { DevProblem } from './dev/problem.ts';
import { planReset } from './dev/reset.ts';
import { readSettings } from './dev/settings.ts';

async function agrees(drops: string): Promise<boolean> {
  if (process.env.YES === '1') {
    console.log(`Dropping ${drops}.`);
    return true;
  }
  if (!process.stdin.isTTY) {
    throw new DevProblem(`This drops ${drops}. There is no terminal to ask: say YES=1 make db-reset.`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D are a no.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`This drops ${drops}. Go on? [y/N] `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  // As long as it is held no `make dev` starts on this data; one that runs refuses this.
  const lock = await holdInstanceLock(settings.directory, webuiUrl(settings));
  try {
    const { drops, run } = await planReset(settings.database, settings.env.api);
    if (drops === undefined) {
      console.log('There is no data to drop.');
    } else if (await agrees(drops)) {
      await run();
      console.log('Dropped. The next make dev begins with a new database.');
    } else {
      console.log('Nothing was dropped.');
      process.exitCode = 1;
    }
  } finally {
    lock.close();
  }
}

main().catch((error: Error) => {
  console.error(error instanceof DevProblem ? error.message : `Nothing was dropped: ${error.message}`);
  process.exitCode = 1;
});

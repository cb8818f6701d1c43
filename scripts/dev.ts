// `make dev`: starts all of Tripod for development, restarts what changes, stops everything at the end.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { banner, webuiUrl } from './dev/banner.ts';
import { DevStack } from './dev/dev-stack.ts';
import { seedFirstStart } from './dev/first-start.ts';
import { holdInstanceLock } from './dev/instance-lock.ts';
import { formatLogLine } from './dev/log-line.ts';
import { checkPorts } from './dev/port-check.ts';
import { DevProblem } from './dev/problem.ts';
import { type DevSettings, readSettings } from './dev/settings.ts';
import { stopSignal } from './dev/stop-signal.ts';
import { demoFlows } from './traffic/demo-flows.ts';
import { createTrafficSender, type TrafficSender } from './traffic/traffic-sender.ts';

function say(level: string, message: string): void {
  console.log(formatLogLine('tripod', { level, msg: message, line: message, fields: {} }));
}

function checkFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new DevProblem(
      `${directory} is not writable (${why}). Fix its permissions, or set DEV_DIR to another folder.`,
    );
  }
}

async function startDemoTraffic({ dataTargets, traffic }: DevSettings): Promise<TrafficSender | undefined> {
  if (!traffic) return undefined;
  const sender = await createTrafficSender({ flows: demoFlows(dataTargets), settleMs: 50 });
  sender.start();
  return sender;
}

async function main(): Promise<void> {
  const started = performance.now();
  const settings = readSettings(process.env);
  checkFolder(settings.directory);
  const lock = await holdInstanceLock(settings.directory, webuiUrl(settings));
  await checkPorts(settings);

  const stack = new DevStack(settings, say);
  const stopped = stopSignal(() => {
    stack.kill();
    process.exit(1);
  });
  let sender: TrafficSender | undefined;
  const serve = async () => {
    const { fresh } = await stack.start();
    sender = await startDemoTraffic(settings);
    if (fresh) await seedFirstStart(settings.env.api.API_URL!, settings.admin, say);
    console.log(await banner(settings, stack.databaseDescription, (performance.now() - started) / 1000));
  };
  try {
    await Promise.race([serve(), stopped]);
    say('info', `stopping (${await stopped})`);
  } finally {
    await sender?.stop();
    await stack.stop();
    lock.close();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    const lines = error instanceof DevProblem ? error.message : `Tripod did not start: ${error.message}`;
    console.error(lines);
    process.exit(1);
  },
);

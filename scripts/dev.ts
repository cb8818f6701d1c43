// `make dev`: starts all of Tripod for development, restarts what changes, stops everything at the end.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { banner, webuiUrl } from './dev/banner.ts';
import { seedFirstStart } from './dev/first-start.ts';
import { holdInstanceLock } from './dev/instance-lock.ts';
import { formatLogLine, isQuietRequest } from './dev/log-line.ts';
import { checkPorts } from './dev/port-check.ts';
import { DevProblem, type DevSettings, reachable, readSettings } from './dev/settings.ts';
import { watchSources } from './dev/source-watch.ts';
import { stopSignal } from './dev/stop-signal.ts';
import { SupervisedService } from './dev/supervised-service.ts';
import type { ServiceName } from './processes/child-process.ts';
import { migrate } from './processes/migrate.ts';
import { waitUntil } from './processes/wait-until.ts';
import { demoFlows } from './traffic/demo-flows.ts';
import { createTrafficSender, type TrafficSender } from './traffic/traffic-sender.ts';

/** What each service is made of; the browser's part of the webui is Vite's to watch. */
const SOURCES: Record<ServiceName, string[]> = {
  fastpath: ['services/fastpath/src', 'proto'],
  api: ['services/api/src', 'proto'],
  webui: ['services/webui/server'],
};
const READY_DEADLINE_MS = 60_000;

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

async function waitUntilServing({ host, ports }: DevSettings): Promise<void> {
  const urls = [ports.FASTPATH_HTTP_PORT, ports.API_PORT, ports.WEBUI_PORT].map(
    (port) => `http://${reachable(host)}:${port}/readyz`,
  );
  for (const url of urls) {
    await waitUntil(`${url} to answer 200`, async () => (await fetch(url)).ok, {
      deadlineMs: READY_DEADLINE_MS,
    });
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

  const services: SupervisedService[] = [];
  const stopped = stopSignal(() => {
    for (const service of services) service.kill();
    process.exit(1);
  });

  const { fresh } = await Promise.race([migrate(settings.env.api), stopped.then(() => ({ fresh: false }))]);
  const events = {
    say,
    onLog(name: ServiceName, record: Parameters<typeof formatLogLine>[1]) {
      if (settings.verbose || !isQuietRequest(record)) console.log(formatLogLine(name, record));
    },
  };
  const migrateAgain = async (changed: string[]) => {
    if (changed.some((file) => file.includes('/migrations/'))) await migrate(settings.env.api);
  };
  for (const name of Object.keys(SOURCES) as ServiceName[]) {
    const prepare = name === 'api' ? migrateAgain : undefined;
    services.push(new SupervisedService(name, settings.env[name], { ...events, prepare }));
  }
  for (const service of services) service.start();
  const unwatch = services.map((service) =>
    watchSources(SOURCES[service.name], (files) => {
      say(
        'info',
        `${files[0]}${files.length > 1 ? ` and ${files.length - 1} more` : ''} changed: restarting ${service.name}`,
      );
      void service.restart(files);
    }),
  );

  let sender: TrafficSender | undefined;
  const serve = async () => {
    await Promise.all(services.map((service) => service.firstReady));
    await waitUntilServing(settings);
    sender = await startDemoTraffic(settings);
    if (fresh) await seedFirstStart(settings.env.api.API_URL!, settings.admin, say);
    console.log(await banner(settings, (performance.now() - started) / 1000));
  };
  try {
    await Promise.race([serve(), stopped]);
    say('info', `stopping (${await stopped})`);
  } finally {
    for (const close of unwatch) close();
    await sender?.stop();
    // Front to back: nobody loses what it depends on.
    for (const service of services.toReversed()) await service.stop();
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

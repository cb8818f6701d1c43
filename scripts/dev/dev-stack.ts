import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseServer } from '../databases/server.ts';
import type { ServiceName } from '../processes/child-process.ts';
import { migrate } from '../processes/migrate.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { checkAnswers, describeDatabase, environmentOf, startOwnDatabase } from './database.ts';
import { formatLogLine, isQuietRequest } from './log-line.ts';
import { type DevSettings, reachable } from './settings.ts';
import { watchSources } from './source-watch.ts';
import { type ServiceEvents, SupervisedService } from './supervised-service.ts';

/** What each service is made of; the browser's part of the webui is Vite's to watch. */
const SOURCES: Record<ServiceName, string[]> = {
  fastpath: ['services/fastpath/src', 'proto'],
  api: ['services/api/src', 'proto'],
  webui: ['services/webui/server'],
};
const RESTART_PAUSE_MS = 5_000;
const READY_DEADLINE_MS = 60_000;

type Say = (level: string, message: string) => void;

/** The database and the services of `make dev`, as long as they run. */
export class DevStack {
  private readonly settings: DevSettings;
  private readonly say: Say;
  private readonly services: SupervisedService[] = [];
  private unwatch: (() => void)[] = [];
  private database: DatabaseServer | undefined;
  private stopping = false;

  constructor(settings: DevSettings, say: Say) {
    this.settings = settings;
    this.say = say;
  }

  /** Resolves when everything serves; tells whether the database was empty before. */
  async start(): Promise<{ fresh: boolean }> {
    await this.provideDatabase();
    const { fresh } = this.stopping ? { fresh: false } : await migrate(this.settings.env.api);
    if (this.stopping) return { fresh: false };
    for (const name of Object.keys(SOURCES) as ServiceName[]) {
      this.services.push(new SupervisedService(name, this.settings.env[name], this.eventsOf(name)));
    }
    for (const service of this.services) service.start();
    this.unwatch = this.services.map((service) => this.watch(service));
    await Promise.all(this.services.map((service) => service.firstReady));
    await this.waitUntilServing();
    return { fresh };
  }

  /** Front to back: nobody loses what it depends on. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const close of this.unwatch) close();
    for (const service of this.services.toReversed()) await service.stop();
    await this.database?.stop();
  }

  /** The database is not killed: it ends by itself, in order, when this process is gone. */
  kill(): void {
    for (const service of this.services) service.kill();
  }

  get databaseDescription(): string {
    return describeDatabase(this.settings.database, this.database);
  }

  /** A server of its own, where the settings ask for one; the API then learns where it is. */
  private async provideDatabase(): Promise<void> {
    const { database, env } = this.settings;
    if (database.kind === 'configured') await checkAnswers(database);
    if (database.kind !== 'own') return;
    this.database = await startOwnDatabase(database, this.say);
    Object.assign(env.api, environmentOf(this.database));
    void this.keepRunning(this.database);
  }

  /** A server that crashed, or that somebody ended: the services wait for it. */
  private async keepRunning(server: DatabaseServer): Promise<void> {
    for (;;) {
      await server.ended;
      if (this.stopping) return;
      this.say('error', `the ${server.type} server ended; starting it again`);
      try {
        await server.start();
      } catch (error) {
        this.say('error', (error as Error).message);
        await sleep(RESTART_PAUSE_MS);
      }
    }
  }

  private eventsOf(name: ServiceName): ServiceEvents {
    const { settings, say } = this;
    return {
      say,
      onLog(from, record) {
        if (settings.verbose || !isQuietRequest(record)) console.log(formatLogLine(from, record));
      },
      async prepare(changed) {
        const schema = name === 'api' && changed.some((file) => file.includes('/migrations/'));
        if (schema) await migrate(settings.env.api);
      },
    };
  }

  private watch(service: SupervisedService): () => void {
    return watchSources(SOURCES[service.name], (files) => {
      const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
      this.say('info', `${files[0]}${more} changed: restarting ${service.name}`);
      void service.restart(files);
    });
  }

  private async waitUntilServing(): Promise<void> {
    const { host, ports } = this.settings;
    const urls = [ports.FASTPATH_HTTP_PORT, ports.API_PORT, ports.WEBUI_PORT].map(
      (port) => `http://${reachable(host)}:${port}/readyz`,
    );
    for (const url of urls) {
      await waitUntil(`${url} to answer 200`, async () => (await fetch(url)).ok, {
        deadlineMs: READY_DEADLINE_MS,
      });
    }
  }
}

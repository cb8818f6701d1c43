// `make databases`: starts servers on temporary folders, prints how tests reach them, and runs until it is ended.
//   usage: node scripts/databases/run.ts [postgres] [mysql] [mariadb] [redis]      (all of them by default)
import { SERVER_TYPES, type ServerType } from './server.ts';
import { startTestServers } from './test-servers.ts';

const named = process.argv.slice(2) as ServerType[];
const unknown = named.find((type) => !SERVER_TYPES.includes(type));
if (unknown) {
  console.error(`No server is called ${unknown}: there are ${SERVER_TYPES.join(', ')}`);
  process.exit(2);
}

const stopped = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
});
await using servers = await startTestServers(named.length > 0 ? named : SERVER_TYPES);
for (const [name, url] of Object.entries(servers.environment)) console.log(`export ${name}=${url}`);
if (servers.problems.length > 0) {
  console.error(servers.problems.join('\n'));
  process.exitCode = 1;
} else {
  console.error('tripod: they run until this is ended (Ctrl-C); their data goes with them');
  const alive = setInterval(() => {}, 60_000);
  await stopped;
  clearInterval(alive);
}

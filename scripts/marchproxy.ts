// `make register-marchproxy`: puts config/marchproxy/services.json (or the file named) into a MarchProxy, any number of times.
// MARCHPROXY_URL, MARCHPROXY_USERNAME, MARCHPROXY_PASSWORD, MARCHPROXY_CLUSTER_ID.
import { readFileSync } from 'node:fs';
import { connect } from './marchproxy/client.ts';
import { registerServices } from './marchproxy/register.ts';
import { parseServices } from './marchproxy/service.ts';
import { readSettings } from './marchproxy/settings.ts';
import { inRepository } from './repository.ts';

async function main(file: string): Promise<string[]> {
  const { services, problems: wrong } = parseServices(readFileSync(file, 'utf8'));
  const { settings, problems } = readSettings(process.env);
  const all = [...wrong.map((one) => `${file}: ${one}`), ...problems];
  if (all.length > 0) return all;
  return registerServices(await connect(settings), settings.clusterId, services, console.log);
}

const problems = await main(process.argv[2] ?? inRepository('config/marchproxy/services.json')).catch(
  (error: Error) => [error.message],
);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

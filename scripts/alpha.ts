// `make alpha`: the product on the local cluster of kubectl's current context. `make alpha-down` (argument: down): gone.
// CONTEXT, ALLOW_CONTEXT, OVERLAY (alpha), IMAGE_REGISTRY, DEPLOY_TIMEOUT_S (900), ADMIN_EMAIL, ADMIN_PASSWORD, YES=1.
import { endAlpha, startAlpha } from './deploy/alpha.ts';
import { DeployProblem, main } from './deploy/problem.ts';

const COMMANDS: Record<string, typeof startAlpha> = { up: startAlpha, down: endAlpha };

await main(async () => {
  const [command = 'up'] = process.argv.slice(2);
  const run = COMMANDS[command];
  if (!run) throw new DeployProblem(`alpha: "${command}" is none of ${Object.keys(COMMANDS).join(', ')}.`);
  await run({ env: process.env, say: console.log });
});

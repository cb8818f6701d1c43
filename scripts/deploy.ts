// `make deploy-alpha`, `make deploy-beta`: apply and wait; the images exist already.
// CONTEXT, IMAGE_REGISTRY, IMAGE_TAG, DEPLOY_TIMEOUT_S (900), YES=1; alpha also OVERLAY and ALLOW_CONTEXT.
import { deployAlpha } from './deploy/alpha.ts';
import { deployBeta } from './deploy/beta.ts';
import { DeployProblem, main } from './deploy/problem.ts';

const TARGETS: Record<string, typeof deployBeta> = { alpha: deployAlpha, beta: deployBeta };

await main(async () => {
  const [target = ''] = process.argv.slice(2);
  const deploy = TARGETS[target];
  if (!deploy) throw new DeployProblem(`deploy: say which of ${Object.keys(TARGETS).join(', ')}.`);
  await deploy({ env: process.env, say: console.log });
});

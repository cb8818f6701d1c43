// `make smoke-alpha`: checks what `make alpha` started. CONTEXT, ALLOW_CONTEXT, OVERLAY, ADMIN_EMAIL, ADMIN_PASSWORD.
import { prepareAlpha } from './deploy/alpha.ts';
import { adminOf, rolloutsOf } from './deploy/manifest.ts';
import { DeployProblem, main } from './deploy/problem.ts';
import { smokeCluster } from './deploy/smoke.ts';
import { Checklist } from './suites/checklist.ts';

await main(async () => {
  const { env } = process;
  const { cluster, manifest } = await prepareAlpha({ env, say: console.log });
  const admin = {
    email: env.ADMIN_EMAIL || adminOf(manifest)?.email,
    password: env.ADMIN_PASSWORD || adminOf(manifest)?.password,
  };
  const { email, password } = admin;
  if (!email || !password) throw new DeployProblem('Set ADMIN_EMAIL and ADMIN_PASSWORD.');
  const checks = new Checklist();
  await smokeCluster(checks, cluster.within(manifest.namespace), {
    admin: { email, password },
    fastpath: rolloutsOf(manifest).includes('deployment/fastpath'),
  });
  const { passed, failed } = checks.score;
  console.log(`smoke test of ${cluster.context}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
});

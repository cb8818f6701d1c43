// Everything that rules and dashboards ask for is there: against the metrics of real services, after some traffic.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { createTrafficSender } from '../../scripts/traffic/traffic-sender.ts';
import { type Catalogue, catalogueOf } from '../../scripts/verify/monitoring/catalogue.ts';
import { queriesOf, readDashboards } from '../../scripts/verify/monitoring/dashboards.ts';
import { missingNames } from '../../scripts/verify/monitoring/rule-names.ts';
import { readGroups } from '../../scripts/verify/monitoring/rules.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { dataTarget } from '../harness/data-target.ts';
import { RAISE_MS, raiseServerStage, type ServerStage } from '../harness/fault-stage.ts';
import { ask } from '../harness/http.ts';
import { readMetrics } from '../harness/metrics.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { openEvents } from '../harness/sse.ts';
import { untilEnforced } from '../harness/until-enforced.ts';
import { withServers } from '../harness/with-servers.ts';

const groups = readGroups();
const dashboards = readDashboards();
/** Has its own test: it takes a server that can have one. */
const OF_A_REPLICA = /db_replica_/;
/** Nobody listens there. The API then works without, and has the metrics. */
const NOWHERE = '127.0.0.1:1';
const LAST_COUNTED =
  'rate(http_request_duration_seconds_count{job="tripod-api",route="/api/v1/fastpath/stats/stream"}[5m])';
/** More than the WebUI lets one client have open at once. */
const TOO_MANY = 300;

describe('the metrics of the three services', () => {
  let stack: Stack;
  let prometheus: Prometheus;
  let catalogue: Catalogue;
  beforeAll(async () => {
    stack = await startStack({ env: { api: { REDIS_URL: `redis://${NOWHERE}/0` } } });
    prometheus = await startPrometheus(targetsOf(stack), groups);
    await waitUntil('three targets', async () => (await prometheus.count('up == 1')) === 3);
    await makeTraffic(stack);
    const api = await readMetrics(`http://${stack.api.listen.metrics}`);
    const fastpath = await readMetrics(`http://${stack.fastpath.listen.http}`);
    // A rate takes two looks, and after this the API cannot be looked at.
    await waitUntil('a rate of what the API counted', () => prometheus.count(LAST_COUNTED));
    await stack.api.stop();
    await ask(`${stack.webuiUrl}/api/v1/rules`, 'GET');
    const webui = await readMetrics(`http://${stack.webui.listen.metrics}`);
    catalogue = catalogueOf({ 'tripod-api': api, 'tripod-webui': webui, 'tripod-fastpath': fastpath });
  }, RAISE_MS);
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await stack?.stop();
  });

  test('every metric, label and value of rules and dashboards exists', () => {
    const missing = missingNames(catalogue, groups, dashboards);
    expect(missing.filter((problem) => !OF_A_REPLICA.test(problem))).toEqual([]);
  });

  test('one that does not exist is found', () => {
    const changed = structuredClone(groups);
    const rule = changed
      .flatMap(({ rules }) => rules)
      .find(({ alert }) => alert === 'TripodWebuiOverloaded')!;
    rule.expr = rule.expr.replace('overloaded', 'overload');
    const missing = missingNames(catalogue, changed, dashboards).join('\n');
    expect(missing).toContain(
      'TripodWebuiOverloaded: proxy_refused_total was never seen with reason="overload"',
    );
  });

  test('a real Prometheus evaluates every rule, and has an answer to every query', async () => {
    const asked = dashboards.flatMap(queriesOf).filter(({ where }) => !EMPTY.test(where));
    // Of the last minutes: the API does not run any more.
    const unanswered = async () => {
      const counts = await Promise.all(asked.map(({ expression }) => prometheus.count(overTime(expression))));
      return asked.filter((_, n) => counts[n] === 0).map(({ where }) => where);
    };
    let left: string[] = [];
    await waitUntil(
      () => `answers to ${left.join('; ')}`,
      async () => {
        left = await unanswered();
        return left.length === 0;
      },
      { intervalMs: 500 },
    );
    expect(await prometheus.failedRules()).toEqual([]);
  });
});

describe('the metrics of an API with a read replica', () => {
  let stage: ServerStage;
  const env = () => ({ DB_REPLICA_URL: `postgres://nobody:nothing@${NOWHERE}/none` });
  const raise = async () => {
    stage = await raiseServerStage({ type: 'postgres', env });
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test('what rules and dashboards ask of a replica exists', async () => {
    const api = await readMetrics(`http://${stage.stack.api.listen.metrics}`);
    const missing = missingNames(catalogueOf({ 'tripod-api': api }), groups, dashboards);
    expect(missing.filter((problem) => OF_A_REPLICA.test(problem))).toEqual([]);
  });
});

/** No replica here, and a database that serves. */
const EMPTY = /read replica|a replica may serve|Not served by the database/;

/** The expression at any moment of the last minutes. */
const overTime = (expression: string) => `last_over_time((${expression})[4m:1s])`;

function targetsOf({ api, webui, fastpath }: Stack) {
  const target = (name: string, address: string) => ({
    address,
    labels: { job: `tripod-${name}`, namespace: 'tripod', pod: `${name}-0` },
  });
  return [
    target('api', api.listen.metrics),
    target('webui', webui.listen.metrics),
    target('fastpath', fastpath.listen.http),
  ];
}

/** Something of everything that is counted by what came in. */
async function makeTraffic(stack: Stack): Promise<void> {
  const admin = await signInAdmin(stack);
  for (const origin of [stack.apiUrl, stack.webuiUrl])
    for (const path of ['/healthz', '/readyz', '/']) await ask(origin + path, 'GET');
  await sendPackets(stack, admin);
  await admin.send('POST', '/fastpath/captures', { body: { max_packets: 1, max_duration_ms: 100 } });
  for (const path of ['/users/export', '/audit-logs/export']) await admin.send('GET', path);
  const authorization = `Bearer ${admin.login.access_token}`;
  const stream = await openEvents(`${stack.apiUrl}/api/v1/fastpath/stats/stream`, { authorization });
  await waitUntil('an event', () => stream.events.length > 0);
  stream.close();
  await overload(stack);
}

async function sendPackets(stack: Stack, admin: Client): Promise<void> {
  const target = dataTarget(stack.fastpath, 4);
  const sender = await createTrafficSender({ flows: [{ name: 'dropped', target, rate: 100, count: 100 }] });
  const { src_port } = sender.report().flows[0]!;
  const ports = { src_port_min: src_port, src_port_max: src_port };
  await admin.createRule({ name: 'drop', action: 'drop', protocol: 'udp', ...ports });
  await untilEnforced(admin);
  sender.start();
  await sender.done;
}

/** More at once than the WebUI takes. */
async function overload({ webuiUrl }: Stack): Promise<void> {
  const body = { email: 'nobody@example.com', password: 'a password that is wrong' };
  const logins = Array.from({ length: TOO_MANY }, () =>
    ask(`${webuiUrl}/api/v1/auth/login`, 'POST', { body }),
  );
  const statuses = (await Promise.all(logins)).map(({ status }) => status);
  expect(statuses).toContain(503);
}

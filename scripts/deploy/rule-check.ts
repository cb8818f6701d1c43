import assert from 'node:assert/strict';
import { patient } from '../processes/patience.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { RestClient } from '../seed/rest-client.ts';
import type { Checklist } from '../suites/checklist.ts';
import type { Cluster } from './cluster.ts';
import { loopbackPort, sendInPod } from './pod-traffic.ts';

/** Free in the pod: below the range for outgoing connections. */
const SOURCE_PORT = 18_001;
const PACKETS = 20;

/** Packets inside the fast path's pod: answered, silenced by a drop rule, answered again without it. */
export async function checkRule(
  checks: Checklist,
  cluster: Cluster,
  api: RestClient,
  deadlineMs = patient(15_000),
): Promise<void> {
  const found = await loopbackPort(api);
  if ('reason' in found) return console.log(`skip  rules on packets: ${found.reason}`);
  const flow = { srcPort: SOURCE_PORT, size: 64, count: PACKETS, intervalMs: 5 };
  const received = async () => (await sendInPod(cluster, found.port, [flow]))[0]!.received;
  await checks.check('data plane: every packet is answered', async () =>
    assert.equal(await received(), PACKETS),
  );
  const rule = await checks.check('rules: a drop rule silences its flow', async () => {
    const ports = { src_port_min: SOURCE_PORT, src_port_max: SOURCE_PORT };
    const body = { name: 'smoke test', priority: 1, action: 'drop', protocol: 'udp', ...ports };
    const created = await api.post<{ id: string }>('/rules', body);
    try {
      await waitUntil('silence', async () => (await received()) === 0, { deadlineMs });
    } catch (error) {
      await api.delete(`/rules/${created.id}`);
      throw error;
    }
    return created;
  });
  if (!rule) return;
  await checks.check('rules: deleting it restores the flow', async () => {
    await api.delete(`/rules/${rule.id}`);
    await waitUntil('replies to come back', async () => (await received()) === PACKETS, { deadlineMs });
  });
}

import assert from 'node:assert/strict';
import { patient } from '../processes/patience.ts';
import type { Stack } from '../processes/stack.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { RestClient } from '../seed/rest-client.ts';
import type { Checklist } from '../suites/checklist.ts';
import { createTrafficSender, type TrafficSender } from '../traffic/traffic-sender.ts';

const RATE = 200;
/** A saved rule is enforced within this time. */
const ENFORCED_MS = patient(1_000);

/** Echo and enforcement: a drop rule silences its flow and no other; deleting it restores. */
export async function checkDataPlane(checks: Checklist, { fastpath }: Stack, api: RestClient): Promise<void> {
  const target = fastpath.listen.data[0]!;
  await checks.check('data plane: every packet is answered', async () => {
    const sender = await createTrafficSender({
      flows: [{ name: 'echo', target, rate: 500, count: 250, size: 200 }],
    });
    sender.start();
    const { sent, received } = await sender.done;
    assert.deepEqual([sent, received], [250, 250]);
  });

  await using sender = await createTrafficSender({
    flows: [
      { name: 'guarded', target, rate: RATE },
      { name: 'free', target, rate: RATE },
    ],
  });
  sender.start();
  const port = sender.report().flows[0]!.src_port;
  const rule = await checks.check(
    'rules: a drop rule silences its flow within 1 s, and no other',
    async () => {
      const created = await api.post<{ id: string }>('/rules', {
        name: 'smoke test',
        priority: 1,
        action: 'drop',
        protocol: 'udp',
        src_port_min: port,
        src_port_max: port,
      });
      await quietFor(sender, 'guarded', ENFORCED_MS);
      return created;
    },
  );
  if (!rule) return;
  await checks.check('rules: deleting it restores the flow within 1 s', async () => {
    await api.delete(`/rules/${rule.id}`);
    const before = received(sender, 'guarded');
    await waitUntil('replies to come back', () => received(sender, 'guarded') > before + RATE / 10, {
      deadlineMs: ENFORCED_MS,
    });
  });
}

/** Waits until a flow got no reply while its neighbour got many; fails after `deadlineMs`, the watching included. */
async function quietFor(sender: TrafficSender, flow: string, deadlineMs: number): Promise<void> {
  let [silent, free] = [received(sender, flow), received(sender, 'free')];
  await waitUntil(
    `${flow} to fall silent`,
    () => {
      if (received(sender, flow) !== silent)
        [silent, free] = [received(sender, flow), received(sender, 'free')];
      return received(sender, 'free') >= free + RATE / 10;
    },
    { deadlineMs },
  );
}

function received(sender: TrafficSender, name: string): number {
  return sender.report().flows.find((flow) => flow.name === name)!.received;
}

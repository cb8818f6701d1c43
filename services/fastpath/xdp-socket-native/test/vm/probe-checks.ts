// Runs inside of an emulated machine. VM_ZERO_COPY=yes|no and VM_QUEUES say what its network card can do.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { probe } from '../../src/index.ts';

const ZERO_COPY = process.env.VM_ZERO_COPY === 'yes';

suite('probe', () => {
  test('probe sees two nodes with two CPUs each', () => {
    assert.deepEqual(
      probe().nodes.map(({ node, cpus }) => ({ node, cpus })),
      [
        { node: 0, cpus: [0, 1] },
        { node: 1, cpus: [2, 3] },
      ],
    );
  });

  test('probe sees the card, its node and its queues, and that AF_XDP can be used', () => {
    const { interface: card, afxdp } = probe('card');
    assert.ok(card);
    assert.equal(card.driver, 'virtio_net');
    assert.equal(card.numaNode, 1);
    assert.equal(card.queues.rx, Number(process.env.VM_QUEUES));
    assert.deepEqual(afxdp, { ok: true, problems: [] });
  });

  test(`probe says of zero-copy: ${ZERO_COPY ? 'yes' : 'this kernel does not tell'}`, () => {
    const card = probe('card').interface;
    if (ZERO_COPY) {
      assert.deepEqual(card?.zeroCopy, { ok: true });
      assert.deepEqual(card?.nativeXdp, { ok: true });
    } else {
      const reason = /^the kernel does not say .* before Linux 6\.3$/;
      for (const check of [card?.zeroCopy, card?.nativeXdp]) {
        assert.ok(check?.ok === 'unknown');
        assert.match(check.reason, reason);
      }
    }
  });
});

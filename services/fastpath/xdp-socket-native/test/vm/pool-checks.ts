// Runs inside of an emulated machine with two NUMA nodes of 1 GiB each: see docs/how-to/test-on-an-emulated-machine.md.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { BufferPool, type BufferPoolOptions } from '../../src/index.ts';

const SLOTS = 4096;
const SLOT_SIZE = 2048;
const PAGES = (SLOTS * SLOT_SIZE) / 4096;
const HUGE_PAGE = 2 * 1024 * 1024;
const HUGE_PAGES = (SLOTS * SLOT_SIZE) / HUGE_PAGE;
const NODE_BYTES = 2 ** 30;

/** Makes a pool, looks at it, and closes it. */
function withPool<T>(options: Partial<BufferPoolOptions>, look: (pool: BufferPool) => T): T {
  const pool = new BufferPool({ slots: SLOTS, slotSize: SLOT_SIZE, hugepages: 'off', ...options });
  try {
    return look(pool);
  } finally {
    pool.close();
  }
}

/** Pages on nodes 0 and 1; the pool leaves out nodes at the end that have none. */
const pagesOf = (pool: BufferPool) => [0, 1].map((node) => pool.pagesOnNodes()[node] ?? 0);

const hugepages = (node: number, name: string) =>
  `/sys/devices/system/node/node${node}/hugepages/hugepages-2048kB/${name}`;

function reserveHugepages(node: number, count: number): void {
  writeFileSync(hugepages(node, 'nr_hugepages'), `${count}`);
  assert.equal(Number(readFileSync(hugepages(node, 'nr_hugepages'), 'utf8')), count);
}

suite('pool', () => {
  for (const [node, expected] of [
    [1, [0, PAGES]],
    [0, [PAGES, 0]],
  ] as const) {
    test(`bound to node ${node}: every page is there`, () => {
      withPool({ numaNode: node }, (pool) => {
        pool.memory.fill(1);
        assert.deepEqual(pagesOf(pool), expected);
      });
    });
  }

  test('bound to a node that does not exist: refused', () => {
    assert.throws(() => withPool({ numaNode: 7 }, () => {}), { code: 'EINVAL', message: /node 7/ });
  });

  test('larger than its node: refused, and the machine lives', () => {
    const slots = (2 * NODE_BYTES) / SLOT_SIZE;
    assert.throws(() => withPool({ numaNode: 1, slots }, () => {}), { code: 'ENOMEM' });
    // Less than the whole node, more than what is free of it: no page fault may find that out.
    const almost = NODE_BYTES / SLOT_SIZE - 1;
    assert.throws(() => withPool({ numaNode: 1, slots: almost }, () => {}), { code: 'ENOMEM' });
    withPool({ numaNode: 1 }, (pool) => assert.deepEqual(pagesOf(pool), [0, PAGES]));
  });

  test('without hugepages: auto takes small ones, on is refused', () => {
    reserveHugepages(1, 0);
    withPool({ numaNode: 1, hugepages: 'auto' }, (pool) => {
      assert.equal(pool.pageSize, 4096);
      assert.deepEqual(pagesOf(pool), [0, PAGES]);
    });
    assert.throws(() => withPool({ numaNode: 1, hugepages: 'on' }, () => {}), { code: 'ENOMEM' });
  });

  test('with hugepages on node 1: used there, and none of them on node 0', () => {
    reserveHugepages(1, HUGE_PAGES);
    try {
      for (const mode of ['on', 'auto'] as const) {
        withPool({ numaNode: 1, hugepages: mode }, (pool) => {
          assert.equal(pool.pageSize, HUGE_PAGE);
          assert.deepEqual(pagesOf(pool), [0, HUGE_PAGES]);
          assert.equal(Number(readFileSync(hugepages(1, 'free_hugepages'), 'utf8')), 0);
        });
      }
      assert.throws(() => withPool({ numaNode: 0, hugepages: 'on' }, () => {}), { code: 'ENOMEM' });
    } finally {
      reserveHugepages(1, 0);
    }
  });
});

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import { BufferPool, type BufferPoolOptions } from '../src/buffer-pool.ts';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const pool of open.splice(0)) pool.close();
});

function create(options: Partial<BufferPoolOptions> = {}): BufferPool {
  const pool = new BufferPool({ slots: 16, slotSize: 2048, hugepages: 'off', ...options });
  open.push(pool);
  return pool;
}

describe('slots', () => {
  test('each is handed out once, until there are none', () => {
    const pool = create();
    const slots = Array.from({ length: 16 }, () => pool.alloc());
    expect([...slots].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index));
    expect(pool.alloc()).toBe(-1);
    expect(pool.stats()).toEqual({ slots: 16, used: 16, peak: 16, allocations: 16, failures: 1 });
    for (const slot of slots) pool.free(slot);
    expect(pool.stats()).toMatchObject({ used: 0, peak: 16 });
  });

  test('a free or foreign slot is refused', () => {
    const pool = create();
    const slot = pool.alloc();
    pool.free(slot);
    expect(() => pool.free(slot)).toThrow(expect.objectContaining({ code: 'EINVAL', operation: 'free' }));
    expect(() => pool.free(16)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => pool.free(-1)).toThrow(RangeError);
    expect(() => pool.free(0.5)).toThrow(RangeError);
    expect(() => pool.free('0' as unknown as number)).toThrow(TypeError);
    expect(pool.stats()).toMatchObject({ used: 0 });
  });

  test('a burst is all or nothing on the way back', () => {
    const pool = create();
    const slots = new Uint32Array(20);
    expect(pool.allocBurst(slots)).toBe(16);
    expect(pool.stats()).toMatchObject({ used: 16, failures: 4 });
    expect(() => pool.freeBurst(Uint32Array.of(3, 4, 3), 3)).toThrow(/EINVAL/);
    expect(() => pool.freeBurst(slots, 21)).toThrow(RangeError);
    expect(pool.stats()).toMatchObject({ used: 16 });
    pool.freeBurst(slots, 16);
    expect(pool.stats()).toMatchObject({ used: 0 });
    expect(pool.allocBurst(new Uint32Array(0))).toBe(0);
  });
});

describe('memory', () => {
  test('covers slots and tail and is the same each time', () => {
    const pool = create({ tailSize: 5000 });
    expect(pool).toMatchObject({ slots: 16, slotSize: 2048, pageSize: 4096, tailOffset: 16 * 2048 });
    expect(pool.memory.length).toBeGreaterThanOrEqual(16 * 2048 + 5000);
    expect(pool.memory).toBe(pool.memory);
    pool.memory.fill(7);
    expect(pool.memory.every((byte) => byte === 7)).toBe(true);
  });

  test('every page is in memory from the start, and the kernel says where', () => {
    const pool = create({ slots: 64, numaNode: 0 });
    expect(pool.pagesOnNodes()).toEqual([(64 * 2048) / 4096]);
  });

  test('a node that does not exist is refused', () => {
    expect(() => create({ numaNode: 900 })).toThrow(/NUMA node 900: E[A-Z]+: /);
  });

  test('close makes it unreachable and is idempotent', () => {
    const pool = create();
    const { memory } = pool;
    const view = new DataView(memory.buffer);
    pool.close();
    pool.close();
    expect(memory).toHaveLength(0);
    expect(pool.memory).toHaveLength(0);
    expect(() => view.getUint8(0)).toThrow(TypeError);
  });

  test('memory that was never asked for is empty after close too', () => {
    const pool = create();
    pool.close();
    expect(pool.memory).toHaveLength(0);
  });
});

test.each<[keyof BufferPoolOptions, unknown]>([
  ['slots', 0],
  ['slots', 2 ** 24 + 1],
  ['slots', 1.5],
  ['slotSize', 3000],
  ['slotSize', 1024],
  ['slotSize', 131072],
  ['tailSize', -1],
  ['numaNode', Number.NaN],
  ['hugepages', 'sometimes'],
])('%s %s is refused', (name, value) => {
  expect(() => create({ [name]: value })).toThrow(RangeError);
});

test('hugepages that the machine does not have are an error with a remedy', () => {
  expect(() => create({ slots: 2 ** 24, slotSize: 65536, hugepages: 'on' })).toThrow(
    expect.objectContaining({ code: 'ENOMEM', message: expect.stringContaining('use fewer slots') }),
  );
});

describe('after close', () => {
  const uses: Record<string, (pool: BufferPool) => unknown> = {
    alloc: (pool) => pool.alloc(),
    free: (pool) => pool.free(0),
    allocBurst: (pool) => pool.allocBurst(new Uint32Array(1)),
    freeBurst: (pool) => pool.freeBurst(new Uint32Array(1), 1),
    stats: (pool) => pool.stats(),
    pagesOnNodes: (pool) => pool.pagesOnNodes(),
    handle: (pool) => pool.handle,
  };

  test.each(Object.keys(uses))('%s answers EBADF', (name) => {
    const pool = create();
    pool.close();
    expect(() => uses[name]!(pool)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

describe('handles', () => {
  test('a second object sees the same slots and memory, and outlives the first', () => {
    const pool = create();
    const other = BufferPool.fromHandle(pool.handle);
    open.push(other);
    pool.memory[5] = 42;
    expect(other.memory[5]).toBe(42);
    pool.alloc();
    expect(other.stats().used).toBe(1);
    pool.close();
    expect(pool.memory).toHaveLength(0);
    expect(other.memory[5]).toBe(42);
  });

  test('a stale handle names nothing, also after its place was used again', () => {
    const first = create();
    const { handle } = first;
    first.close();
    expect(() => BufferPool.fromHandle(handle)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(create().handle).not.toBe(handle);
    expect(() => BufferPool.fromHandle(handle)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  test.each([0, -1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('%d is no handle', (number) => {
    expect(() => BufferPool.fromHandle(number)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  test('threads share a pool: both map it at once, and it outlives the thread that made it', async () => {
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { BufferPool } = await import(workerData.module);
      const given = BufferPool.fromHandle(workerData.handle);
      const own = new BufferPool({ slots: 4, slotSize: 2048 });
      given.memory[1] = given.memory[0] + 1;
      own.memory[0] = 99;
      parentPort.postMessage({ slot: given.alloc(), own: own.handle });
      parentPort.once('message', () => process.exit(0));
    `;
    const pool = create();
    pool.memory[0] = 10;
    const module = new URL('../src/buffer-pool.ts', import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: { module, handle: pool.handle },
    });
    const [{ slot, own }] = (await once(worker, 'message')) as [{ slot: number; own: number }];
    const theirs = BufferPool.fromHandle(own);
    open.push(theirs);
    expect(pool.memory[1]).toBe(11);
    worker.postMessage('end');
    await once(worker, 'exit');
    // What the thread had taken stays taken: slots belong to the pool, not to threads.
    pool.free(slot);
    expect(theirs.memory[0]).toBe(99);
    expect(() => BufferPool.fromHandle(own)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});

import { expect, test } from 'vitest';
import { native } from '../src/native.ts';

/* The addon itself: whatever it is given, it throws and never crashes. */

const { BufferPool, InnerMap, Ring, UdpExchange, XdpProgram, XdpSocket } = native();
const options = { slots: 4, slotSize: 2048, tailSize: 0, numaNode: -1, hugepages: 0 };
const wrong = [undefined, null, 1, 'text', {}, [], () => undefined, Object.create(BufferPool.prototype)];

test.each(Object.entries({ BufferPool, InnerMap, Ring, UdpExchange, XdpProgram, XdpSocket }))(
  'methods of %s refuse every other this',
  (_, Class) => {
    const methods: Record<string, unknown> = Object.fromEntries(
      Object.getOwnPropertyNames(Class.prototype)
        .filter((name) => name !== 'constructor')
        .map((name) => [name, (Class.prototype as Record<string, unknown>)[name]]),
    );
    expect(Object.keys(methods)).toContain('close');
    const pool = new BufferPool(options);
    const others = Class === (BufferPool as unknown) ? wrong : [...wrong, pool];
    for (const [name, method] of Object.entries(methods))
      for (const other of others)
        expect(() => Reflect.apply(method as () => void, other, []), name).toThrow(TypeError);
    pool.close();
  },
);

test('constructors need new and arguments of the right class', () => {
  const pool = new BufferPool(options);
  const attempts: (() => unknown)[] = [
    () => Reflect.apply(BufferPool as unknown as () => void, undefined, [options]),
    () => Reflect.construct(BufferPool, []),
    () => Reflect.construct(BufferPool, [{ ...options, slots: '4' }]),
    () => Reflect.construct(XdpSocket, [{}, {}]),
    () => Reflect.construct(XdpSocket, [pool]),
    () => Reflect.construct(XdpSocket, [pool, { interface: 7 }]),
    () => Reflect.construct(UdpExchange, [pool, { burst: 1, mtu: 1500, tailAt: 0 }]),
    () => Reflect.construct(InnerMap, [pool, 'map', 1]),
    () => Reflect.construct(Ring, [pool, 'map']),
    () => Reflect.construct(XdpProgram, [{ file: 'x', program: 'y', maps: 1, constants: [] }]),
    () => Reflect.construct(XdpProgram, [{ file: 'x', program: 'y', maps: [{}], constants: [] }]),
  ];
  for (const attempt of attempts) expect(attempt, String(attempt)).toThrow(TypeError);
  expect(() => new XdpProgram({ file: 'a\0b', program: 'y', maps: [], constants: [] })).toThrow(RangeError);
  const many = Array.from({ length: 33 }, () => ({ name: 'm', entries: 1 }));
  expect(() => new XdpProgram({ file: 'x', program: 'y', maps: many, constants: [] })).toThrow(RangeError);
  pool.close();
});

test('functions made for one object work without it, also when nothing else refers to the object', () => {
  let pool: InstanceType<typeof BufferPool> | null = new BufferPool(options);
  const { alloc, free } = pool;
  pool = null;
  globalThis.gc?.();
  expect(alloc()).toBe(0);
  free(0);
});

test('a callback that is called in the middle of reading options cannot take the object away', () => {
  const pool = new BufferPool(options);
  const trap = {
    get interface() {
      pool.close();
      return 'lo';
    },
    queue: 0,
    copyMode: 0,
    rxSize: 64,
    txSize: 64,
    fillSize: 64,
    completionSize: 64,
    needWakeup: true,
    frags: true,
    busyPollUs: 0,
    busyPollBudget: 0,
  };
  expect(() => new XdpSocket(pool, trap)).toThrow(expect.objectContaining({ code: 'EBADF' }));
});

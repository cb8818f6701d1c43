import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { currentCpu, setThreadAffinity, threadAffinity } from '../src/thread.ts';

const before = threadAffinity();

afterEach(() => setThreadAffinity(before));

test('a thread runs where it was told, and tells where it runs', () => {
  const cpu = before.at(-1)!;
  setThreadAffinity([cpu]);
  expect(threadAffinity()).toEqual([cpu]);
  expect(currentCpu()).toBe(cpu);
});

test('only the calling thread is moved', async () => {
  const module = new URL('../src/thread.ts', import.meta.url).href;
  const source = `
    import { parentPort } from 'node:worker_threads';
    const { setThreadAffinity, threadAffinity } = await import('${module}');
    setThreadAffinity([${before[0]}]);
    parentPort.postMessage(threadAffinity());
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  const [theirs] = await once(worker, 'message');
  expect(theirs).toEqual([before[0]]);
  expect(threadAffinity()).toEqual(before);
  await worker.terminate();
});

test('what is no list of CPUs is refused', () => {
  expect(() => setThreadAffinity([])).toThrow(TypeError);
  expect(() => setThreadAffinity([-1])).toThrow(RangeError);
  expect(() => setThreadAffinity([8192])).toThrow(RangeError);
  expect(() => setThreadAffinity(5 as unknown as number[])).toThrow(TypeError);
  expect(() => setThreadAffinity([8191])).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

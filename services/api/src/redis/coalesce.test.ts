import { describe, expect, test } from 'vitest';
import { coalesce } from './coalesce.ts';

describe('questions that come together', () => {
  test('are one command, and each gets its own answer', async () => {
    const asked: number[][] = [];
    const double = coalesce(async (numbers: number[]) => {
      asked.push(numbers);
      return numbers.map((number) => 2 * number);
    });
    expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(8);
    expect(asked).toEqual([[1, 2, 3], [4]]);
  });

  test('are no more than a hundred', async () => {
    const sizes: number[] = [];
    const echo = coalesce(async (numbers: number[]) => {
      sizes.push(numbers.length);
      return numbers;
    });
    const numbers = Array.from({ length: 250 }, (_, i) => i);
    expect(await Promise.all(numbers.map(echo))).toEqual(numbers);
    expect(sizes).toEqual([100, 100, 50]);
  });

  test('do not get the answer to one that was sent before they came', async () => {
    let state = 'before';
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let sent = 0;
    const look = coalesce(async (questions: string[]) => {
      const seen = state;
      await gates[sent++]!.promise;
      return questions.map(() => seen);
    });
    const early = look('early');
    await expect.poll(() => sent).toBe(1);
    state = 'after';
    const late = look('late');
    for (const { resolve } of gates) resolve();
    expect(await Promise.all([early, late])).toEqual(['before', 'after']);
  });

  test('fail together, and those that come later do not', async () => {
    let fails = true;
    const echo = coalesce(async (numbers: number[]) => {
      if (fails) throw new Error('no answer');
      return numbers;
    });
    const both = await Promise.allSettled([echo(1), echo(2)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await echo(3)).toBe(3);
  });
});

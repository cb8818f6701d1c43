import { waitUntil } from '../../scripts/processes/wait-until.ts';

/** Reads a value until it is the same `times` in a row and returns it: the way to wait for counters at rest. */
export async function settled<T>(what: string, read: () => Promise<T>, times = 4): Promise<T> {
  let before = '';
  let equal = 0;
  const look = async () => {
    const value = await read();
    const now = JSON.stringify(value);
    equal = now === before ? equal + 1 : 1;
    before = now;
    return equal >= times ? { value } : undefined;
  };
  return (await waitUntil(`${what} is at rest`, look, { intervalMs: 100 })).value;
}

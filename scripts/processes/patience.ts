/**
 * Deadlines of tests times TEST_TIMEOUT_FACTOR (1 when unset): for machines whose processors are shared, such as CI's.
 * A deadline ends a hang and holds a promise to the user; how fast the machine is, it must not decide.
 */
const factor = Number(process.env.TEST_TIMEOUT_FACTOR ?? 1);
if (!(factor >= 1)) throw new Error('TEST_TIMEOUT_FACTOR must be a number of at least 1');

export function patient(ms: number): number {
  return ms * factor;
}

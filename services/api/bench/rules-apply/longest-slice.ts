/*
 * Preloaded (node --import) into the processes that the benchmark looks at, and tests/integration/many-rules.test.ts.
 * Between two runs of a timer lie the slices of the event loop that its callers had to wait for; their processor time
 * says how much of that was our own work, however busy the machine is. Written to stdout as a log line when SIGUSR2
 * asks for it, and then counted anew.
 */
import { writeSync } from 'node:fs';

const EVERY_MS = 2;

let longestUs = 0;
let before = process.threadCpuUsage();

setInterval(() => {
  const now = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  longestUs = Math.max(longestUs, now.user + now.system);
}, EVERY_MS).unref();

process.on('SIGUSR2', () => {
  writeSync(1, `${JSON.stringify({ msg: 'longest slice', ms: longestUs / 1000 })}\n`);
  longestUs = 0;
});

// Preloaded (node --import) into every process that the scripts start. The IPC channel breaks when the starter
// is gone, however it went, SIGKILL included: the service then drains as on SIGTERM, so nothing is orphaned.
import { isMainThread } from 'node:worker_threads';

const DRAIN_MS = 5_000;

if (isMainThread && process.channel) {
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(1), DRAIN_MS).unref();
  });
  // The channel must not keep a process alive that has nothing left to do.
  process.channel.unref();
}

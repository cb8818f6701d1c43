import { BufferPool } from '../src/buffer-pool.ts';
import { openFastPath, startDataWorker } from './fast-path.ts';

/* A process that opens everything, says so, and ends in the way of its second argument without closing anything. */

const [interfaceName, ending] = process.argv.slice(2);
const fastPath = await openFastPath(interfaceName!);
const copy = BufferPool.fromHandle(fastPath.pool.handle);
const worker = await startDataWorker(fastPath.exchange);
const views = [fastPath.pool.memory, copy.memory, fastPath.exchange.memory, fastPath.exchange.offset];
console.log(views.length);
if (ending === 'exit') process.exit(0);
if (ending === 'throw') throw new Error('on purpose');
// The worker is all that keeps this process alive.
if (ending === 'return') worker.unref();

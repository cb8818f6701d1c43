import type { FlowRecord } from '../engine/flow-table.ts';
import type { DataPlane } from './data-plane.ts';
import { WorkerGone } from './supervised-worker.ts';
import type { FlowOrder } from './worker-messages.ts';

/** The busiest flows: of the kernel, or of all workers. (A flow stays with one, so there is nothing to add up.) */
export async function topFlows(plane: DataPlane, limit: number, order: FlowOrder): Promise<FlowRecord[]> {
  if (plane.port.kernel) return plane.port.kernel.flows(limit, order);
  const perWorker = await Promise.all(
    plane.workers.map(({ thread }) =>
      thread.request('flows', { limit, order }).catch((error) => {
        if (error instanceof WorkerGone) return []; // its table went with it
        throw error;
      }),
    ),
  );
  return perWorker
    .flat()
    .sort((a, b) => b[order] - a[order])
    .slice(0, limit);
}

import { Engine } from '../engine/engine.ts';
import { type FlowRecord, FlowTable } from '../engine/flow-table.ts';
import type { HandlerStage, HandlerStageOptions } from '../engine/handler-stage.ts';
import { JudgedEngine } from '../engine/judged-engine.ts';
import type { WorkerPort } from '../port/port.ts';
import type { FlowOrder, WorkerInit } from './worker-messages.ts';

const FLOW_IDLE_MS = 60_000;
const BURST = 64;

/** The parts of one worker, put together for the port in force. */
export interface DataPath {
  readonly engine: HandlerStage;
  readonly port: WorkerPort;
  readonly flows: (limit: number, order: FlowOrder) => FlowRecord[];
  /** Housekeeping, about once a second. */
  readonly tick: () => void;
}

/** Only the port in force is loaded: what the other needs may not be there. */
export async function createDataPath(init: WorkerInit, stage: HandlerStageOptions): Promise<DataPath> {
  if (init.enforcement === null) {
    const { AfxdpWorkerPort } = await import('../port/afxdp/afxdp-worker-port.ts');
    const engine = new JudgedEngine(stage);
    return { engine, port: new AfxdpWorkerPort(engine), flows: () => [], tick: () => {} };
  }
  const { UdpWorkerPort } = await import('../port/udp/udp-worker-port.ts');
  const { counters, buckets, flowTableSize } = init.enforcement;
  const flows = new FlowTable(flowTableSize, FLOW_IDLE_MS);
  const engine = new Engine({ ...stage, counters, buckets, flows, burstCapacity: BURST });
  return {
    engine,
    port: new UdpWorkerPort(engine, init.slots),
    flows: (limit, order) => flows.top(limit, order),
    tick: () => engine.tick(Date.now()),
  };
}

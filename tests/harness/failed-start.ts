import {
  ENTRY_POINTS,
  type Exit,
  type ServiceName,
  spawnNode,
  terminate,
} from '../../scripts/processes/child-process.ts';
import { type LogRecord, parseLogLine } from '../../scripts/processes/log-record.ts';
import { patient } from '../../scripts/processes/patience.ts';

export interface FailedStart {
  exit: Exit;
  records: LogRecord[];
  /** The one line that tells the operator what is wrong. */
  fatal: LogRecord | undefined;
}

const DEADLINE_MS = patient(25_000);

/** Starts a service that is expected to end by itself, and collects what it said. */
export async function startToFail(name: ServiceName, env: Record<string, string>): Promise<FailedStart> {
  const records: LogRecord[] = [];
  const started = spawnNode(ENTRY_POINTS[name], { PATH: process.env.PATH, ...env }, (line) =>
    records.push(parseLogLine(line)),
  );
  const timer = setTimeout(() => void terminate(started, 0), DEADLINE_MS);
  const exit = await started.exited;
  clearTimeout(timer);
  return { exit, records, fatal: records.find((record) => record.level === 'fatal') };
}

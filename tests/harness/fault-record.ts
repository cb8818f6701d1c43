import type { Reply } from './http.ts';
import type { Problem } from './types.ts';

/** What a load saw of a fault. */
export interface FaultRecord {
  acknowledged: number;
  readsAnswered: number;
  /** By API process: answers that were no refusal, of reads and writes. */
  served: number[];
  /** By API process: writes that were acknowledged. */
  written: number[];
  /** Answers 503, by their reason. */
  refusals: Map<string, number>;
  /** By API process. */
  refused: number[];
  /** Everything that must not happen: another status, a 503 without its parts. */
  wrong: string[];
  slowestMs: number;
  /** The longest time between two acknowledged writes. */
  longestGapMs: number;
  lastAcknowledgedAt: number;
}

export function newFaultRecord(apis: number): FaultRecord {
  const none = () => Array<number>(apis).fill(0);
  return {
    acknowledged: 0,
    readsAnswered: 0,
    served: none(),
    written: none(),
    refusals: new Map(),
    refused: none(),
    wrong: [],
    slowestMs: 0,
    longestGapMs: 0,
    lastAcknowledgedAt: 0,
  };
}

/** The API says itself when it cannot know: COMMIT was sent, and not answered. */
export function isUnknownOutcome(reply: Reply<Problem>): boolean {
  return reply.status === 503 && /may or may not/.test(reply.body?.detail ?? '');
}

/** Whether a refusal is the one that is promised: 503, its code, a reason for people, and when to try again. */
function isHonestRefusal(reply: Reply<Problem>): boolean {
  const { status, headers, body } = reply;
  return (
    status === 503 &&
    headers.get('content-type')?.startsWith('application/problem+json') === true &&
    Number(headers.get('retry-after')) >= 1 &&
    body?.code === 'database_unavailable' &&
    Boolean(body.detail)
  );
}

interface Request {
  api: number;
  kind: 'read' | 'write';
  /** For the message. */
  what: string;
  tookMs: number;
}

export function note(record: FaultRecord, request: Request, reply: Reply<Problem>): void {
  const { api, kind, what, tookMs } = request;
  record.slowestMs = Math.max(record.slowestMs, tookMs);
  if (reply.status < 300) {
    noteSuccess(record, api, kind);
    return;
  }
  if (!isHonestRefusal(reply)) record.wrong.push(`${what}: ${reply.status} ${reply.text.slice(0, 300)}`);
  record.refused[api]!++;
  const reason = reply.body?.detail ?? String(reply.status);
  record.refusals.set(reason, (record.refusals.get(reason) ?? 0) + 1);
}

function noteSuccess(record: FaultRecord, api: number, kind: 'read' | 'write'): void {
  record.served[api]!++;
  if (kind === 'read') {
    record.readsAnswered++;
    return;
  }
  const now = performance.now();
  if (record.acknowledged > 0)
    record.longestGapMs = Math.max(record.longestGapMs, now - record.lastAcknowledgedAt);
  record.lastAcknowledgedAt = now;
  record.acknowledged++;
  record.written[api]!++;
}

/** One line of figures. */
export function figures(record: FaultRecord): string {
  const refusals = [...record.refusals].map(([reason, count]) => `${count} × ${reason}`);
  return (
    `${record.acknowledged} writes acknowledged, ${record.readsAnswered} reads answered, ` +
    `longest time without a write ${record.longestGapMs.toFixed(0)} ms, ` +
    `slowest answer ${record.slowestMs.toFixed(0)} ms, 503: ${refusals.join(' ') || 'none'}`
  );
}

import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { ClassifyBody } from './fastpath.schemas.ts';
import { encodeFlows } from './proto.ts';

const FLOWS_PER_TURN = 1_000;

/**
 * These flows as an encoded ClassifyRequest. In slices: all that a request may hold takes tens of milliseconds, and
 * the turn of the event loop that this begins in has validated it.
 */
export async function encodeClassify({ flows }: ClassifyBody): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = 0; at < flows.length; at += FLOWS_PER_TURN) {
    await turnOfTheLoop();
    parts.push(encodeFlows({ flows: flows.slice(at, at + FLOWS_PER_TURN).map(withoutNulls) }));
  }
  return Buffer.concat(parts);
}

/** In proto an absent port is absent, not null. */
function withoutNulls({ src_port, dst_port, ...flow }: ClassifyBody['flows'][number]) {
  return { ...flow, ...(src_port !== null && { src_port }), ...(dst_port !== null && { dst_port }) };
}

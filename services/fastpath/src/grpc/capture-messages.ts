import { parseCidr } from '../engine/address.ts';
import type { RuleBook } from '../engine/rule-book.ts';
import { AppError } from '../errors.ts';
import type { CaptureOptions } from '../plane/captures.ts';
import type { CaptureFilter__Output } from './gen/fastpath/v1/CaptureFilter.ts';
import type { CaptureRequest__Output } from './gen/fastpath/v1/CaptureRequest.ts';
import { toProtocol } from './rule-messages.ts';

const MAX_SNAP_LENGTH = 65_535;
const UNKNOWN_RULE = -1;

/**
 * Limits and filter of a capture, with the defaults of the contract.
 * @throws AppError `invalid_argument` that names the field.
 */
export function toCaptureOptions(request: CaptureRequest__Output, rules: RuleBook): CaptureOptions {
  const snapLength = request.snap_length || MAX_SNAP_LENGTH;
  const maxPackets = request.max_packets || 1_000;
  const maxDurationMs = request.max_duration_ms || 10_000;
  if (snapLength < 64 || snapLength > MAX_SNAP_LENGTH)
    throw refuse('snap_length', 'must be 64 to 65535, or 0');
  if (maxPackets > 100_000) throw refuse('max_packets', 'must be at most 100000');
  if (maxDurationMs > 300_000) throw refuse('max_duration_ms', 'must be at most 300000');
  return { snapLength, maxPackets, maxDurationMs, filter: toFilter(request.filter, rules) };
}

function toFilter(filter: CaptureFilter__Output | null, rules: RuleBook): CaptureOptions['filter'] {
  const host = filter?.host_cidr ? parseCidr(filter.host_cidr) : null;
  if (filter?.host_cidr && host === null) throw refuse('filter.host_cidr', 'must be an IPv4 or IPv6 prefix');
  if ((filter?.port ?? 0) > 65_535) throw refuse('filter.port', 'must be 0 to 65535');
  const protocol =
    filter === null || filter.protocol === 'PROTOCOL_UNSPECIFIED'
      ? 'any'
      : toProtocol(filter.protocol, (problem) => {
          throw refuse('filter.protocol', problem);
        });
  const ruleId = filter?.rule_id.toLowerCase() ?? '';
  return {
    host,
    protocol,
    port: filter?.port ?? null,
    // A rule that is not in force decides no packet, and so the filter passes none.
    serial: ruleId === '' ? null : (rules.serialOf(ruleId) ?? UNKNOWN_RULE),
    droppedOnly: filter?.dropped_only ?? false,
  };
}

function refuse(field: string, problem: string): AppError {
  return new AppError('invalid_argument', `${field}: ${problem}`);
}

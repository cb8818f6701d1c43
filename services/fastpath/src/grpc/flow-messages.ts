import { formatAddress, parseAddress } from '../engine/address.ts';
import type { FlowRecord } from '../engine/flow-table.ts';
import {
  DST,
  DST_REST,
  HAS_PORTS,
  IS_IPV6,
  KEY_STRIDE,
  META,
  PORTS,
  PROTOCOL_BITS,
  SRC,
  SRC_REST,
  writeKeyAddresses,
  writeKeyHead,
} from '../engine/packet-key.ts';
import { AppError } from '../errors.ts';
import type { Flow, Flow__Output } from './gen/fastpath/v1/Flow.ts';

/**
 * Keys of flows, one after the other.
 * @throws AppError `invalid_argument` that names the first wrong field.
 */
export function toKeys(flows: readonly Flow__Output[]): Uint32Array {
  const keys = new Uint32Array(flows.length * KEY_STRIDE);
  for (const [index, flow] of flows.entries()) {
    const refuse = (field: string, problem: string) =>
      new AppError('invalid_argument', `flows[${index}].${field}: ${problem}`);
    const src = parseAddress(flow.src_addr);
    if (src === null) throw refuse('src_addr', 'must be an IP address');
    const dst = parseAddress(flow.dst_addr);
    if (dst?.family !== src.family)
      throw refuse('dst_addr', 'must be an IP address of the family of src_addr');
    if (flow.protocol > 255) throw refuse('protocol', 'must be 0 to 255');
    for (const field of ['src_port', 'dst_port'] as const) {
      if ((flow[field] ?? 0) > 65_535) throw refuse(field, 'must be 0 to 65535');
    }
    const at = index * KEY_STRIDE;
    writeKeyHead(keys, at, src.family, flow.protocol, flow.src_port ?? null, flow.dst_port ?? null);
    writeKeyAddresses(keys, at, src.words, dst.words);
  }
  return keys;
}

/** The flow a record is about. */
export function toFlow({ key }: Pick<FlowRecord, 'key'>): Flow {
  const address = (first: number, rest: number) =>
    formatAddress(key[META] & IS_IPV6 ? [key[first], ...key.slice(rest, rest + 3)] : [key[first]]);
  const ports = key[META] & HAS_PORTS ? { src_port: key[PORTS] >>> 16, dst_port: key[PORTS] & 0xffff } : {};
  return {
    src_addr: address(SRC, SRC_REST),
    dst_addr: address(DST, DST_REST),
    protocol: key[META] & PROTOCOL_BITS,
    ...ports,
  };
}

import { z } from 'zod';

export const Verdict = z
  .object({
    action: z.enum(['allow', 'drop', 'rate_limit']),
    rule_id: z.string().nullable().meta({ description: 'null: no rule matched' }),
  })
  .meta({ id: 'Verdict' });

/** One line of a capture as NDJSON. */
export const Packet = z
  .object({
    time: z.string().meta({ format: 'date-time', description: 'RFC 3339 with microseconds' }),
    instance: z.string(),
    worker: z.int(),
    data: z.string().meta({ format: 'byte', description: 'Base64 of the packet from its IP header on' }),
    original_length: z.int(),
    verdict: Verdict,
    dropped: z.boolean(),
    lost_packets: z
      .int()
      .meta({ description: 'Lost on this instance so far because the reader was too slow' }),
  })
  .meta({ id: 'CapturedPacket' });

export type Packet = z.output<typeof Packet>;

import { z } from 'zod';
import { isoTime } from './iso-time.ts';

/** UUID, made by the service (version 7: ordered by time). */
export const Id = z.uuid().meta({ description: 'UUIDv7' });

/** Epoch milliseconds inside, RFC 3339 in UTC with milliseconds outside. */
export const Timestamp = z
  .number()
  .transform(isoTime)
  .meta({ override: { type: 'string', format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] } });

const Pagination = z
  .object({
    page: z.int(),
    per_page: z.int(),
    total: z.int(),
    pages: z.int(),
    total_is_capped: z
      .boolean()
      .meta({ description: 'There are more than `total`; pages are numbered so far' }),
  })
  .meta({ id: 'Pagination', description: 'Only in page mode (page, per_page)' });

/** The reply of every list. `name` becomes the component. */
export function listOf<T extends z.ZodType>(name: string, item: T) {
  return z
    .object({
      items: z.array(item),
      next_cursor: z
        .string()
        .nullable()
        .meta({ description: 'Give it as `cursor` for what follows; null at the end' }),
      pagination: Pagination.optional(),
    })
    .meta({ id: name });
}

/** A boolean in a query string. */
export const QueryBoolean = z.enum(['true', 'false']).transform((text) => text === 'true');

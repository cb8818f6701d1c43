import { z } from 'zod';
import { AppError } from './errors.ts';

/** Like each string from a client, without NUL, which PostgreSQL refuses. */
export const Text = z.string().refine((text) => !text.includes('\0'));

/** Where a page ends: its order, the value it is sorted by, and the id. Opaque to clients. */
export type Cursor = [sort: string, value: string | number, id: string];

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @throws AppError validation_failed for what is not a cursor of this order. */
export function decodeCursor(cursor: string, sort: string, value: z.ZodType<string | number>): Cursor {
  const parsed = z.tuple([z.literal(sort), value, Text]).safeParse(parseCursor(cursor));
  if (parsed.success) return parsed.data;
  const message = `Not a cursor of this list with sort=${sort}`;
  throw new AppError('validation_failed', undefined, { fields: [{ path: 'cursor', message }] });
}

/** The order that a cursor claims to be of. */
export function sortOfCursor(cursor: string): unknown {
  const parsed = parseCursor(cursor);
  return Array.isArray(parsed) ? parsed[0] : undefined;
}

function parseCursor(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    // Whatever a client made up: undefined fails the schema.
    return undefined;
  }
}

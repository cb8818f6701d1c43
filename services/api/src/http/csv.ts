import { once } from 'node:events';
import type { Response } from 'express';
import { AppError } from '../errors.ts';

type Cell = string | number | boolean | null;

/** A column: its name in the first line, and what it holds of a row. */
export type CsvColumn<T> = readonly [name: string, cell: (row: T) => Cell];

interface CsvStream<T> {
  /** Without extension. */
  fileName: string;
  columns: readonly CsvColumn<T>[];
  batches: AsyncIterable<readonly T[]>;
  /** Ends the stream: the client went away, the server drains, the session has ended. */
  signal: AbortSignal;
}

/** A reader that takes nothing for so long is gone. */
const STALLED_MS = 60_000;

/**
 * What a spreadsheet would take for the beginning of a formula: at the beginning of a cell, or behind what ends a cell
 * where the semicolon or the tab is the separator (there, quotes in the middle of a cell protect nothing).
 */
const FORMULA = /(?<=^|[;\t\r\n]["' ]*)[=+\-@＝＋－＠]|^[\t\r\n]/g;

/** One line of RFC 4180. What could run as a formula gets an apostrophe before it. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(encodeCell).join(',')}\r\n`;
}

function encodeCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = cell.replace(FORMULA, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes rows as they are read; the next batch is not asked for before the reader has taken this one. What fails
 * before the first batch is an ordinary error, after it the response is cut, so that no file looks complete that is
 * not.
 */
export async function streamCsv<T>(
  res: Response,
  { fileName, columns, batches, signal }: CsvStream<T>,
): Promise<void> {
  const heading = csvLine(columns.map(([name]) => name));
  try {
    for await (const rows of batches) {
      signal.throwIfAborted();
      const lines = rows.map((row) => csvLine(columns.map(([, cell]) => cell(row)))).join('');
      const first = !res.headersSent;
      if (first) beginCsv(res, fileName);
      if (!res.write(first ? heading + lines : lines)) await drained(res, signal);
    }
    res.end();
  } catch (error) {
    if (res.destroyed) return;
    throw toAppError(error);
  }
}

/** The headers of a file that is being written. */
export function beginCsv(res: Response, fileName: string): void {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  res.status(200).set({
    'Content-Type': 'text/csv; charset=utf-8; header=present',
    'Content-Disposition': `attachment; filename="${fileName}-${stamp}.csv"`,
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
}

async function drained(res: Response, signal: AbortSignal): Promise<void> {
  const stalled = new AbortController();
  const gone = new Error(`The reader took nothing for ${STALLED_MS / 1000} s`);
  const timer = setTimeout(() => stalled.abort(gone), STALLED_MS);
  try {
    await once(res, 'drain', { signal: AbortSignal.any([signal, stalled.signal]) });
  } finally {
    clearTimeout(timer);
  }
}

function toAppError(error: unknown): unknown {
  // once() wraps the reason of its signal: without it the log would blame a shutdown for a session that has ended.
  const reason = isAbort(error) ? (error.cause ?? error) : error;
  // The request's signal aborts without a reason of ours when the server drains.
  return isAbort(reason) ? new AppError('shutting_down', undefined, { cause: error }) : reason;
}

function isAbort(error: unknown): error is Error {
  return error instanceof Error && error.name === 'AbortError';
}

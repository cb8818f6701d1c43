import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { csvLine, streamCsv } from './csv.ts';

describe('a line of CSV', () => {
  it.each([
    [['a', 1, true, null], 'a,1,true,\r\n'],
    [['with, comma', 'with "quotes"', 'two\nlines'], '"with, comma","with ""quotes""","two\nlines"\r\n'],
    [['é 😀', ' spaces '], 'é 😀, spaces \r\n'],
    [['=1+1', '+1', '-1', '@sum', '\tx'], "'=1+1,'+1,'-1,'@sum,'\tx\r\n"],
    [['=cmd|"/c calc"!A1'], '"\'=cmd|""/c calc""!A1"\r\n'],
    // Where the list separator is a semicolon or a tab, as in half of Europe, these are the beginnings of cells.
    [['x;=1+1', 'x\t@sum', 'x\n+1'], "x;'=1+1,x\t'@sum,\"x\n'+1\"\r\n"],
    [['x;"=1+1'], '"x;""\'=1+1"\r\n'],
    [['＝1+1', 'a=b', '2-1', 'a; b'], "'＝1+1,a=b,2-1,a; b\r\n"],
    [[-5], '-5\r\n'],
  ])('of %j', (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

describe('a stream of CSV whose reader waits', () => {
  /** It takes nothing. */
  class Reader extends EventEmitter {
    headersSent = false;
    readonly waits = Promise.withResolvers<void>();
    status = () => this;
    set = () => this;
    write(): boolean {
      this.headersSent = true;
      this.waits.resolve();
      return false;
    }
  }

  it.each([
    ['the session has ended', new AppError('session_ended'), 'session_ended'],
    ['the server drains', undefined, 'shutting_down'],
  ])('is ended because %s, and says so', async (_why, reason, code) => {
    const res = new Reader();
    const ended = new AbortController();
    async function* batches() {
      yield [{}];
    }
    const options = { fileName: 'x', columns: [], batches: batches(), signal: ended.signal };
    const stream = streamCsv(res as unknown as Response, options);
    await res.waits.promise;
    ended.abort(reason);
    await expect(stream).rejects.toMatchObject({ code });
  });
});

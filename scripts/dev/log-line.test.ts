import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { parseLogLine } from '../processes/log-record.ts';
import { formatLogLine, isQuietRequest } from './log-line.ts';

const format = (line: string) =>
  stripVTControlCharacters(formatLogLine('api', parseLogLine(line), new Date(2026, 0, 1, 9, 5, 7)));

test('one line: time, service, level, message, key fields', () => {
  expect(format('{"level":"warn","pid":1,"service":"api","msg":"slow","ms":12,"who":{"id":"x"}}')).toBe(
    '09:05:07 api      warn  slow  ms=12  who={"id":"x"}',
  );
});

test('numbers as levels, plain text and half a line are shown as they are', () => {
  expect(format('{"level":50,"msg":"boom"}')).toBe('09:05:07 api      error boom');
  expect(format('listening')).toBe('09:05:07 api      info  listening');
  expect(format('{"level":')).toBe('09:05:07 api      info  {"level":');
});

test('an error shows its stack, a warning only its reason', () => {
  const err = '"err":{"message":"gone","stack":"Error: gone\\n  at x"}';
  expect(format(`{"level":"error","msg":"failed",${err}}`)).toBe(
    '09:05:07 api      error failed\n    Error: gone\n      at x',
  );
  expect(format(`{"level":"warn","msg":"failed",${err}}`)).toBe('09:05:07 api      warn  failed\n    gone');
});

test('requests that went well are quiet, others are one line', () => {
  const request = (status: number) =>
    parseLogLine(
      `{"level":"info","msg":"done","req":{"method":"GET","url":"/a"},"res":{"statusCode":${status}}}`,
    );
  expect([200, 304, 404, 500].map((status) => isQuietRequest(request(status)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(format(request(500).line)).toContain('GET /a → 500 done');
});

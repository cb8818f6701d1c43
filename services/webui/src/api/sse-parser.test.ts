import { describe, expect, it } from 'vitest';
import { createSseParser } from './sse-parser.ts';

const STREAM = [
  ': heartbeat',
  '',
  'event: stats',
  'id: 7',
  'data: {"a":1}',
  '',
  'data:two',
  'data: lines',
  'retry: 100',
  '',
  'event: empty',
  '',
  'data',
  '',
  '',
].join('\n');

const EVENTS = [
  { event: 'stats', data: '{"a":1}', id: '7' },
  { event: 'message', data: 'two\nlines', id: '7' },
  { event: 'message', data: '', id: '7' },
];

describe('createSseParser', () => {
  it.each([
    ['LF', STREAM],
    ['CRLF', STREAM.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${STREAM}`],
  ])('reads %s in pieces of every size', (_name, stream) => {
    for (let size = 1; size <= stream.length; size += 1) {
      const parse = createSseParser();
      const events = [];
      for (let at = 0; at < stream.length; at += size) events.push(...parse(stream.slice(at, at + size)));
      expect(events, `pieces of ${size}`).toEqual(EVENTS);
    }
  });

  it('gives nothing for an event that is not complete', () => {
    const parse = createSseParser();
    expect(parse('data: {"a":')).toEqual([]);
    expect(parse('1}\n')).toEqual([]);
    expect(parse('\n')).toEqual([{ event: 'message', data: '{"a":1}', id: '' }]);
  });

  it('accepts lone CR as the end of a line', () => {
    expect(createSseParser()('data: x\r\rdata: y\r\r ')).toHaveLength(2);
  });
});

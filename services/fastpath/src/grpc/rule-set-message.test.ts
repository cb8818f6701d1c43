import { describe, expect, test } from 'vitest';
import { ruleMessage } from '../testing/rule-messages.ts';
import { cutRuleSet } from './rule-set-message.ts';
import { loadDefinition } from './service-definition.ts';

const rpc = loadDefinition().types.fastpath.v1.FastPath.service.ApplyRules;
const encode = rpc.requestSerialize;
const decode = rpc.requestDeserialize;
const version = { source_id: 'here', revision: 2 ** 40 };
const rulesOf = (count: number) => Array.from({ length: count }, (_, priority) => ruleMessage({ priority }));

const whole = (message: Buffer) => {
  const { head, rules, ruleCount } = cutRuleSet(message);
  const parts = rules.map((piece) => decode(piece).rules);
  return {
    version: decode(head).version,
    rules: parts.flat(),
    ruleCount,
    sizes: parts.map((part) => part.length),
  };
};

test.each([0, 1, 499, 500, 501, 1_700])('%i rules come in pieces of 500 at most', (count) => {
  const rules = rulesOf(count);
  const message = encode({ version, rules });
  const cut = whole(message);
  expect(cut).toMatchObject({ version, ruleCount: count });
  expect(cut.rules).toEqual(decode(message).rules);
  expect(Math.max(0, ...cut.sizes)).toBeLessThanOrEqual(500);
});

test('the version may stand anywhere, and a field that is not known yet too', () => {
  const unknownFields = Buffer.from([
    0x18, 0x96, 0x01, 0x2a, 0x03, 1, 2, 3, 0x31, 0, 0, 0, 0, 0, 0, 0, 0, 0x3d, 0, 0, 0, 0,
  ]);
  const rules = rulesOf(3);
  const parts = [
    encode({ rules: rules.slice(0, 1) }),
    unknownFields,
    encode({ version }),
    encode({ rules: rules.slice(1) }),
  ];
  const cut = whole(Buffer.concat(parts));
  expect(cut.version).toEqual(version);
  expect(cut.rules.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
});

describe('bytes that are no message', () => {
  const message = encode({ version, rules: rulesOf(2) });
  test.each([
    ['the end is missing', message.subarray(0, -1)],
    ['a length beyond the end', Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a varint without end', Buffer.alloc(20, 0xff)],
    ['a wire type that does not exist', Buffer.from([0x17, 0x00])],
  ])('%s', (_what, bytes) => {
    expect(() => cutRuleSet(bytes)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});

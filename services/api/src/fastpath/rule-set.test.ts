import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Rule as WireRule } from './gen/fastpath/v1/Rule.ts';
import { fastPathService } from './proto.ts';
import { BYTES_PER_SLICE, createSharedRuleSet, type RuleSource } from './rule-set.ts';

const RULES_PER_BATCH = 500;
const wanted = { source_id: 'here', revision: 1 };

function wireRule(index: number): WireRule {
  return {
    id: `00000000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`,
    enabled: true,
    priority: index,
    action: 'ACTION_DROP',
    protocol: 'PROTOCOL_UDP',
    src_cidr: `2001:db8:1111:2222:3333:4444:5555:${(index & 0xffff).toString(16)}/128`,
  };
}

/** A source of so many rules; each load gives way once, so that callers can come in the middle. */
function sourceOf(count: number) {
  const made = { loads: 0, revision: 1 };
  const source: RuleSource = {
    version: async () => ({ ...wanted, revision: made.revision }),
    async load({ encode }) {
      made.loads += 1;
      const version = { ...wanted, revision: made.revision };
      const parts: ReturnType<typeof encode>[] = [];
      await turnOfTheLoop();
      for (let from = 0; from < count; from += RULES_PER_BATCH) {
        const length = Math.min(RULES_PER_BATCH, count - from);
        parts.push(encode(Array.from({ length }, (_, index) => wireRule(from + index))));
      }
      return { version, count, parts };
    },
    raiseAbove: async () => {},
  };
  return { made, source };
}

describe('the rule set that instances share', () => {
  it('is one message, however many parts it was encoded in', async () => {
    const { source } = sourceOf(1_234);
    const { count, message, version } = await createSharedRuleSet(source).get(wanted);
    const decoded = fastPathService.ApplyRules.requestDeserialize(message);
    expect({ count, version }).toEqual({ count: 1_234, version: wanted });
    expect(decoded.version).toEqual(wanted);
    expect(decoded.rules.map(({ priority }) => priority)).toEqual(Array.from({ length: 1_234 }, (_, i) => i));
    expect(decoded.rules.at(-1)).toMatchObject(wireRule(1_233));
  });

  it('carries no rules as a version alone', async () => {
    const { message } = await createSharedRuleSet(sourceOf(0).source).get(wanted);
    expect(fastPathService.ApplyRules.requestDeserialize(message)).toEqual({ version: wanted, rules: [] });
  });

  it('is put together in slices of the event loop', async () => {
    let turns = 0;
    const { source } = sourceOf(50_000);
    const shared = createSharedRuleSet(source, async () => {
      turns += 1;
    });
    const { message } = await shared.get(wanted);
    expect(message.length).toBeGreaterThan(3 * BYTES_PER_SLICE);
    // One for each slice after the first, and the one before it is handed out.
    expect(turns).toBeGreaterThanOrEqual(Math.ceil(message.length / BYTES_PER_SLICE));
  });

  it('is loaded once for all that ask together, and handed to each in a turn of its own', async () => {
    const { made, source } = sourceOf(10);
    let turn = 0;
    const shared = createSharedRuleSet(source, async () => {
      await turnOfTheLoop();
      turn += 1;
    });
    const turns = await Promise.all([1, 2, 3].map(() => shared.get(wanted).then(() => turn)));
    expect(made.loads).toBe(1);
    expect(turns).toEqual([1, 2, 3]);
  });

  it('is loaded anew for who wants a newer one', async () => {
    const { made, source } = sourceOf(10);
    const shared = createSharedRuleSet(source);
    await shared.get(wanted);
    made.revision = 2;
    expect((await shared.get({ ...wanted, revision: 2 })).version.revision).toBe(2);
    expect((await shared.get(wanted)).version.revision).toBe(2);
    expect(made.loads).toBe(2);
  });

  it('is forgotten when nobody needs it, but not while it is being loaded', async () => {
    const { made, source } = sourceOf(10);
    const shared = createSharedRuleSet(source);
    const first = shared.get(wanted);
    shared.release();
    await Promise.all([first, shared.get(wanted)]);
    expect(made.loads).toBe(1);
    shared.release();
    await shared.get(wanted);
    expect(made.loads).toBe(2);
  });
});

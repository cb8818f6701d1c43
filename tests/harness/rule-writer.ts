import { setImmediate as breathe } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Rule } from './types.ts';

/** What a client may rely on after a crash: its last acknowledged state, or the one it had asked for when all broke off. */
export interface Expectation {
  /** The acknowledged rule name; null: deleted. */
  acknowledged: string | null;
  /** Asked for and unanswered: it may have happened or not, but only wholly. undefined: nothing in flight. */
  inFlight?: string | null;
}

export interface Writer {
  /** Acknowledged writes so far. */
  readonly acknowledged: number;
  /** By rule id. */
  readonly rules: Map<string, Expectation>;
  /** Names of rules whose creation was never answered. */
  readonly unanswered: string[];
  /** Status codes of refusals; empty when all went well. */
  readonly refused: number[];
  stop(): void;
  /** Resolves when the writer has ended, by stop() or because the connection broke. */
  readonly ended: Promise<void>;
}

/** Creates, changes and deletes rules one after another, remembering what was acknowledged. */
export function writeRules(client: Client, label: string): Writer {
  const writer = {
    acknowledged: 0,
    rules: new Map<string, Expectation>(),
    unanswered: [] as string[],
    refused: [] as number[],
  };
  let going = true;

  async function create(name: string): Promise<string | undefined> {
    writer.unanswered.push(name);
    const reply = await client.send<Rule>('POST', '/rules', {
      body: { name, action: 'drop', src_cidr: '192.0.2.0/24' },
    });
    writer.unanswered.pop();
    if (reply.status !== 201) {
      writer.refused.push(reply.status);
      return undefined;
    }
    writer.rules.set(reply.body.id, { acknowledged: name });
    writer.acknowledged++;
    return reply.body.id;
  }

  async function change(id: string, name: string | null): Promise<void> {
    const rule = writer.rules.get(id)!;
    rule.inFlight = name;
    const headers = { 'if-match': '*' };
    const reply =
      name === null
        ? await client.send('DELETE', `/rules/${id}`, { headers })
        : await client.send('PATCH', `/rules/${id}`, { headers, body: { name } });
    delete rule.inFlight;
    if (reply.status >= 300) {
      writer.refused.push(reply.status);
      return;
    }
    rule.acknowledged = name;
    writer.acknowledged++;
  }

  async function write(): Promise<void> {
    for (let n = 0; going; n++) {
      const id = await create(`${label} ${n}`);
      if (id && n % 2 === 0) await change(id, `${label} ${n} renamed`);
      if (id && n % 3 === 0) await change(id, null);
      await breathe();
    }
  }

  // A broken connection is the end that the tests cause; anything else shows in `refused` or in the comparison.
  const ended = write().catch(() => {});
  const stop = () => {
    going = false;
  };
  return Object.assign(writer, { ended, stop });
}

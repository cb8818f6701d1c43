import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Amounts, generate } from '../../scripts/generate/generate.ts';
import { createApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createContext } from '../../src/context.ts';
import { openDatabase } from '../../src/db/database.ts';
import type { DatabaseConfig } from '../../src/db/database-config.ts';
import { migrateUp } from '../../src/db/migrator.ts';
import { type Dialect, emptyDatabase } from '../../src/testing/dialects.ts';
import { mintBearer } from '../../src/testing/mint.ts';

export interface Page {
  items: object[];
  next_cursor?: string | null;
  pagination?: { pages: number };
}

/** The API on a database of its own with so much in it. */
export interface Side extends AsyncDisposable {
  /** A page of a list and how long it took, from the request to the last byte. */
  ask(path: string): Promise<{ ms: number; page: Page }>;
}

/** On connections without a statement timeout: building an index takes longer than any request may. */
async function fill(config: DatabaseConfig, amounts: Amounts): Promise<void> {
  const db = openDatabase({ ...config, statementTimeoutMs: 0 });
  try {
    await migrateUp(db);
    await generate(db, { amounts });
  } finally {
    await db.close();
  }
}

export async function openSide(dialect: Dialect, amounts: Amounts): Promise<Side> {
  const database = await emptyDatabase(dialect);
  await fill(database.config, amounts);
  const ctx = createContext(readConfig({ ...database.env, RATE_LIMIT_PER_MINUTE: '0' }));
  const headers = await mintBearer(ctx, 'admin');
  const server = createServer(createApp(ctx)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });

  return {
    async ask(path) {
      const began = performance.now();
      const request = get({ host: '127.0.0.1', port, path: `/api/v1${path}`, headers, agent });
      const [response] = await once(request, 'response');
      const body = await text(response);
      const ms = performance.now() - began;
      assert.equal(response.statusCode, 200, `${path}: ${body}`);
      return { ms, page: JSON.parse(body) };
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.close();
      ctx.lifecycle.drain();
      await ctx.lifecycle.close();
      await database.close();
    },
  };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { openEvents } from '../harness/sse.ts';
import type { Problem } from '../harness/types.ts';

describe('the WebUI dies, or the API behind it', () => {
  let stack: Stack;
  let admin: Client;
  beforeAll(async () => {
    stack = await startStack();
    admin = (await signInAdmin(stack)).at(stack.webuiUrl);
  });
  afterAll(() => stack?.stop());

  test('SIGKILL of the WebUI: after its restart sessions and pages are as before', async () => {
    const rule = await admin.createRule({ name: 'survives', action: 'allow' });
    await stack.webui.kill();
    await expect(fetch(stack.webuiUrl)).rejects.toThrow();
    await stack.webui.restart();
    expect(await admin.get(`/rules/${rule.id}`)).toEqual(rule);
    const page = await fetch(`${stack.webuiUrl}/rules`, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  test('without the API the page is still served, calls are a clear problem, and all is back with it', async () => {
    await stack.api.kill();
    expect((await fetch(stack.webuiUrl)).status).toBe(200);
    expect((await fetch(`${stack.webuiUrl}/healthz`)).status).toBe(200);
    const reply = await admin.send<Problem>('GET', '/rules');
    expect([502, 503, 504]).toContain(reply.status);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.text, 'no address of the inside').not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
    await stack.api.restart();
    expect((await admin.send('GET', '/rules')).status).toBe(200);
  });

  test('an API that dies in the middle of a stream ends the stream, and a new one works after its restart', async () => {
    const headers = { authorization: `Bearer ${admin.login.access_token}` };
    const url = `${stack.webuiUrl}/api/v1/fastpath/stats/stream`;
    const stream = await openEvents(url, headers);
    await waitUntil('an event', () => stream.events.length > 0);
    await stack.api.kill();
    await Promise.allSettled([stream.ended]);
    await stack.api.restart();
    const again = await openEvents(url, headers);
    await waitUntil('an event of the new stream', () => again.events.length > 0);
    again.close();
  });

  test('SIGTERM ends the WebUI with exit code 0 although a stream is open', async () => {
    const headers = { authorization: `Bearer ${admin.login.access_token}` };
    const stream = await openEvents(`${stack.webuiUrl}/api/v1/fastpath/stats/stream`, headers);
    await waitUntil('an event', () => stream.events.length > 0);
    expect(await stack.webui.stop()).toEqual({ code: 0, signal: null });
    await Promise.allSettled([stream.ended]);
    await stack.webui.restart();
  });

  test('SIGTERM ends the API with exit code 0 although streams are open', async () => {
    const headers = { authorization: `Bearer ${admin.login.access_token}` };
    const direct = await openEvents(`${stack.apiUrl}/api/v1/fastpath/stats/stream`, headers);
    const proxied = await openEvents(`${stack.webuiUrl}/api/v1/fastpath/stats/stream`, headers);
    await waitUntil('events', () => direct.events.length > 0 && proxied.events.length > 0);
    expect(await stack.api.stop()).toEqual({ code: 0, signal: null });
    await Promise.allSettled([direct.ended, proxied.ended]);
  });
});

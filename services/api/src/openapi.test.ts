import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.ts';
import { ROUTES } from './routes.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

describe('the OpenAPI document', () => {
  it('is committed as the routes generate it (else run: node scripts/write-openapi.ts)', () => {
    const committed = readFileSync(new URL('../openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(`${JSON.stringify(openApiDocument(), null, 2)}\n`);
  });

  it('has every route once, with its permission and a unique operationId', () => {
    const { paths } = openApiDocument();
    const operations = Object.values(paths ?? {}).flatMap((item) => Object.values(item as object));
    expect(operations).toHaveLength(ROUTES.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(ROUTES.length);
    for (const operation of operations) expect(operation['x-permission']).toEqual(expect.any(String));
  });
});

describe('documentation served by the API', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('serves the document', async () => {
    const { body } = await app.request().get('/api/v1/openapi.json').expect(200);
    expect(body.openapi).toBe('3.1.0');
  });

  it('serves a page whose assets are all local and allowed by its policy', async () => {
    const page = await app.request().get('/api/v1/docs').expect(200).expect('Content-Type', /html/);
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("script-src 'self'");
    const assets = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1]!);
    expect(assets).toHaveLength(3);
    for (const asset of assets) await app.request().get(`/api/v1/${asset}`).expect(200);
    expect(page.text).not.toMatch(/<script>|https?:/);
  });
});

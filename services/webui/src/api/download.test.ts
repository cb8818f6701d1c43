import { afterEach, expect, it, vi } from 'vitest';
import { fetchFile, fileName } from './download.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

function answer(respond: () => Response): string[] {
  const asked: string[] = [];
  const origin = 'http://webui.test';
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(path: string | Request, init?: RequestInit) {
        super(typeof path === 'string' ? origin + path : path, init);
      }
    },
  );
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(request.url);
    return respond();
  });
  return asked;
}

it.each([
  ['attachment; filename="users-2026-01-31.csv"', 'users-2026-01-31.csv'],
  ['attachment; filename="../../etc/passwd"', 'download'],
  [null, 'download'],
])('names the file by %j', (disposition, name) => {
  expect(fileName(disposition)).toBe(name);
});

it('fetches a file', async () => {
  const headers = { 'Content-Disposition': 'attachment; filename="users.csv"' };
  const asked = answer(() => new Response('id\r\n', { headers }));
  const { name, content } = await fetchFile('/users/export?role=admin');
  expect(asked).toEqual(['http://webui.test/api/v1/users/export?role=admin']);
  expect(name).toBe('users.csv');
  expect(await content.text()).toBe('id\r\n');
});

it('fails when the response is cut', async () => {
  answer(() => {
    const body = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    return new Response(body);
  });
  await expect(fetchFile('/users/export')).rejects.toThrow('terminated');
});

it('says what the API says', async () => {
  const problem = { detail: 'You have 2 of these open; close one first', code: 'too_many_streams' };
  answer(() => Response.json(problem, { status: 429 }));
  await expect(fetchFile('/users/export')).rejects.toThrow('You have 2 of these open');
});

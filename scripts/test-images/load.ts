// Requests without a pause, over connections that are kept, and what became of each.
import { Agent, request } from 'node:http';

export interface Load {
  /** Requests that were answered as they should be. */
  answered(): number;
  /** Ends it; answers what went wrong with the others, a line each. */
  stop(): Promise<string[]>;
}

export interface LoadOptions {
  url: string;
  /** Of a user who is signed in. */
  token: string;
  clients: number;
}

/** A read, which a proxy may ask for once more, and a request with a body, which nobody may repeat. */
const REQUESTS = [
  { method: 'GET', path: '/api/v1/auth/me', expected: [200] },
  { method: 'POST', path: '/api/v1/rules', body: '{"name":""}', expected: [400, 422] },
];

export function startLoad(options: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const wrong: string[] = [];
  let answered = 0;
  let stopped = false;
  const work = async () => {
    for (let turn = 0; !stopped; turn++) {
      const what = REQUESTS[turn % REQUESTS.length]!;
      const problem = await ask(agent, options, what);
      if (problem === undefined) answered++;
      else wrong.push(`${what.method}: ${problem}`);
    }
  };
  const clients = Array.from({ length: options.clients }, work);
  return {
    answered: () => answered,
    async stop() {
      stopped = true;
      await Promise.all(clients);
      agent.destroy();
      return wrong;
    },
  };
}

/** Resolves once the whole answer is here, with what was wrong with it. */
function ask(
  agent: Agent,
  { url, token }: LoadOptions,
  { method, path, body, expected }: (typeof REQUESTS)[number],
): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const content = body && { 'content-type': 'application/json', 'content-length': `${body.length}` };
  const headers = { authorization: `Bearer ${token}`, ...content };
  const failed = (error: Error) => resolve(error.message);
  const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
    const { statusCode = 0 } = response;
    response.resume();
    response.on('end', () => resolve(expected.includes(statusCode) ? undefined : `status ${statusCode}`));
    response.on('error', failed);
  });
  sent.on('error', failed);
  sent.end(body);
  return promise;
}

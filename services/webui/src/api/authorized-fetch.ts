import { connectivity } from './connectivity.ts';
import { isUnreachable, readProblem, UnreachableError } from './problem.ts';
import { session } from './session/browser-session.ts';

/** `fetch` that reports whether the API answers, and throws UnreachableError when it does not. */
export async function send(request: Request, token: string | null): Promise<Response> {
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    connectivity.lost('No connection to the server.');
    throw new UnreachableError('The server cannot be reached.', { cause: error });
  }
  if (response.status < 500) {
    connectivity.reached();
    return response;
  }
  const problem = await readProblem(response.clone());
  if (!isUnreachable(response.status, problem.code)) {
    connectivity.reached();
    return response;
  }
  connectivity.lost(problem.detail);
  throw new UnreachableError(problem.detail);
}

/**
 * `fetch` with the access token. An expired one is replaced unseen and the request sent once more; only when the API
 * refuses the refresh is the session over. 403 is an answer like any other.
 */
export async function authorizedFetch(request: Request): Promise<Response> {
  if (session.isStale) await session.renew(session.accessToken);
  const token = session.accessToken;
  const response = await send(request.clone(), token);
  if (response.status !== 401) return response;
  const outcome = await session.renew(token);
  if (outcome === 'unreachable') throw new UnreachableError('The session could not be renewed yet.');
  return outcome === 'renewed' ? send(request, session.accessToken) : response;
}

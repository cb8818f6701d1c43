import { authorizedFetch, send } from '../authorized-fetch.ts';
import { ApiError, readProblem } from '../problem.ts';
import { BROWSER_HEADER, session, toGrant } from './browser-session.ts';

/** Trades credentials for a session. Throws ApiError for wrong ones and UnreachableError when nobody answers. */
export async function signIn(email: string, password: string): Promise<void> {
  const request = new Request('/api/v1/auth/login', {
    method: 'POST',
    headers: { ...BROWSER_HEADER, 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  const response = await send(request, null);
  if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  session.signIn(toGrant(await response.json()));
}

/**
 * Ends the session on the server, then in every tab. When the server cannot be told, this throws and nobody is signed
 * out: the cookie would bring the session back, and a person at a shared computer must know.
 */
export async function signOut(): Promise<void> {
  session.beginSignOut();
  try {
    // React takes the pages away in this turn, and their requests are cancelled with them.
    await new Promise((resolve) => setTimeout(resolve));
    await endSession();
  } catch (error) {
    session.abandonSignOut();
    throw error;
  }
  session.signOut();
}

async function endSession(): Promise<void> {
  const request = new Request('/api/v1/auth/logout', { method: 'POST', headers: BROWSER_HEADER });
  const response = await authorizedFetch(request);
  if (!response.ok && response.status !== 401)
    throw new ApiError(response.status, await readProblem(response));
}

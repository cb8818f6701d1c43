interface Problem {
  title?: string;
  detail?: string;
  code?: string;
  errors?: { path: string; message: string }[];
}

/** A reply that is no success: status and the problem's code, so that callers can tell expected ones apart. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  readonly code: string | undefined;

  constructor(request: string, status: number, problem: Problem) {
    const fields = problem.errors?.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super(`${request} → ${status} ${fields || problem.detail || problem.title || ''}`.trimEnd());
    this.status = status;
    this.code = problem.code;
  }
}

/** Nothing answers at the address at all. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

export interface RestClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Whatever its version is. */
  delete(path: string): Promise<void>;
}

/** Logs in and answers a client for `/api/v1`. Throws UnreachableError or RestError. */
export async function logIn(apiUrl: string, email: string, password: string): Promise<RestClient> {
  const login = await call<{ access_token: string }>(apiUrl, 'POST', '/auth/login', undefined, {
    email,
    password,
  });
  const token = login.access_token;
  return {
    get: (path) => call(apiUrl, 'GET', path, token),
    post: (path, body) => call(apiUrl, 'POST', path, token, body),
    delete: (path) => call(apiUrl, 'DELETE', path, token),
  };
}

async function call<T>(
  apiUrl: string,
  method: string,
  path: string,
  token?: string,
  body?: unknown,
): Promise<T> {
  const url = `${apiUrl}/api/v1${path}`;
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(method === 'DELETE' && { 'if-match': '*' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new UnreachableError(`nothing answers at ${apiUrl}`, { cause: error });
  }
  const text = await response.text();
  if (!response.ok) throw new RestError(`${method} ${path}`, response.status, parseProblem(text));
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function parseProblem(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    // Not from the API, e.g. a proxy's page.
    return { detail: text.slice(0, 200) };
  }
}

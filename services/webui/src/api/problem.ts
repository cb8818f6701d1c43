/** One field of a request that the API refused; `path` is dotted, as in "src_cidr". */
interface FieldProblem {
  path: string;
  message: string;
}

interface Problem {
  title: string;
  detail: string;
  code: string;
  errors: FieldProblem[];
  requestId: string | null;
}

/** The API answered, and the answer is no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly requestId: string | null;

  constructor(status: number, problem: Problem) {
    super(problem.detail);
    this.status = status;
    this.code = problem.code;
    this.fields = problem.errors;
    this.requestId = problem.requestId;
  }
}

/** Nothing answered: the network, the proxy or the API is down. Worth another try. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** Reads RFC 9457 problem+json; an answer of another kind (a proxy's page) gets a problem of its own. */
export async function readProblem(response: Response): Promise<Problem> {
  const fallback: Problem = {
    title: response.statusText,
    detail: `The server answered ${response.status}${response.statusText ? ` (${response.statusText})` : ''}.`,
    code: `http_${response.status}`,
    errors: [],
    requestId: response.headers.get('X-Request-Id'),
  };
  if (!response.headers.get('Content-Type')?.includes('json')) return fallback;
  try {
    const body = (await response.json()) as Partial<Problem> & { request_id?: string };
    return {
      title: body.title ?? fallback.title,
      detail: body.detail ?? body.title ?? fallback.detail,
      code: body.code ?? fallback.code,
      errors: body.errors ?? [],
      requestId: body.request_id ?? fallback.requestId,
    };
  } catch {
    // Cut off or not JSON after all: what the status says is all there is to know.
    return fallback;
  }
}

/** A gateway's answer means that the API is gone; the fast path's absence is the API's own, healthy answer. */
export function isUnreachable(status: number, code: string): boolean {
  return status === 502 || status === 504 || (status === 503 && code !== 'fastpath_unavailable');
}

/** What to tell a person about any failure. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError && error.status === 403) return 'You are not allowed to do this.';
  if (error instanceof Error) return error.message;
  return String(error);
}

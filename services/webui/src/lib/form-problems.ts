import { ApiError, describeError } from '../api/problem.ts';

/**
 * Puts the API's complaints at the fields they belong to. `fieldOf` names the form's field for a path of the API, or
 * null when the form has none. Returns what is left to say about the form as a whole.
 */
export function placeProblems<F extends string>(
  error: unknown,
  fieldOf: (path: string) => F | null,
  setError: (field: F, problem: { message: string }, options: { shouldFocus: boolean }) => void,
): string | null {
  if (!(error instanceof ApiError) || error.fields.length === 0) return describeError(error);
  const homeless: string[] = [];
  let placed = 0;
  for (const { path, message } of error.fields) {
    const field = fieldOf(path);
    if (field === null) homeless.push(path ? `${path}: ${message}` : message);
    else {
      setError(field, { message }, { shouldFocus: placed === 0 });
      placed += 1;
    }
  }
  return homeless.length > 0 ? homeless.join(' ') : null;
}

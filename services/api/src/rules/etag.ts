import { AppError } from '../errors.ts';

/** What If-Match asks for: any state, or one of these versions. */
export type Precondition = 'any' | ReadonlySet<number>;

const TAG = /^"([1-9]\d{0,15})"$/;

/** The strong entity tag of a version. */
export function formatEtag(version: number): string {
  return `"${version}"`;
}

/**
 * Reads an If-Match header (RFC 9110, 13.1.1). Without one: `precondition_required`, because a change that does
 * not say what it changes would silently undo somebody else's. Tags we never gave out match nothing.
 */
export function parseIfMatch(header: string | undefined): Precondition {
  if (header === undefined || header.trim() === '') {
    throw new AppError('precondition_required', 'Send the ETag of the rule you read as If-Match');
  }
  if (header.trim() === '*') return 'any';
  const versions = header.split(',').map((tag) => TAG.exec(tag.trim())?.[1]);
  return new Set(versions.filter((version) => version !== undefined).map(Number));
}

export function assertMatches(precondition: Precondition, version: number): void {
  if (precondition === 'any' || precondition.has(version)) return;
  throw new AppError('precondition_failed', 'The rule was changed after you read it: read it again');
}

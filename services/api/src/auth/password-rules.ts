import { readFileSync } from 'node:fs';

const MIN_CHARACTERS = 8;
/** bcrypt reads no further; truncating silently would make two passwords equal. */
const MAX_BYTES = 72;

const COMMON = new Set(
  readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')),
);

/** Why this password is refused, or undefined. Length and commonness count, character classes do not (NIST SP 800-63B). */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < MIN_CHARACTERS) return `Use ${MIN_CHARACTERS} characters or more`;
  if (Buffer.byteLength(password) > MAX_BYTES) return `Use ${MAX_BYTES} bytes or less`;
  if (password.includes('\0')) return 'The character NUL is not allowed';
  if (COMMON.has(password.toLowerCase()) || new Set(password).size === 1)
    return 'This is one of the most common passwords';
  return undefined;
}

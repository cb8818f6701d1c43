import { normalizeTerm, type TermTable } from '../search-terms.ts';

/** How users are found: by the start of their address or of any word of their name. */
export const USER_TERMS: TermTable = { table: 'user_search_terms', owner: 'user_id' };

const MAX_WORDS = 10;

/** The address, and the name from each of its words on: "Ada King Lovelace" is found by "king lo". */
export function searchTerms(user: { email: string; full_name: string }): string[] {
  const words = normalizeTerm(user.full_name).split(/\s+/).slice(0, MAX_WORDS);
  const names = words.map((_, index) => words.slice(index).join(' '));
  return [...new Set([user.email, ...names])];
}

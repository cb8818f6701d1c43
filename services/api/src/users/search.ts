/** How users are found: by the start of their address or of any word of their name, through one index range. */

const MAX_TERM = 200;
const MAX_WORDS = 10;

/** What is compared: compatible forms and letter case are equal. */
export function normalizeTerm(text: string): string {
  return [...text.normalize('NFKC').toLowerCase().trim()].slice(0, MAX_TERM).join('');
}

/** The address, and the name from each of its words on: "Ada King Lovelace" is found by "king lo". */
export function searchTerms(user: { email: string; full_name: string }): string[] {
  const words = normalizeTerm(user.full_name).split(/\s+/).slice(0, MAX_WORDS);
  const names = words.map((_, index) => words.slice(index).join(' '));
  return [...new Set([user.email, ...names])];
}

import { cutTerm, normalizeTerm, type TermTable } from '../search-terms.ts';
import type { RuleFields } from './rule.ts';

/** How rules are found: by the start of any word of their name or description, or of one of their addresses. */
export const RULE_TERMS: TermTable = { table: 'rule_search_terms', owner: 'rule_id' };

/** Characters of a search that are compared. The longest address has 43. */
export const MAX_RULE_TERM = 60;

/** Words that are looked at: they bound what one rule writes. */
const MAX_WORDS = { name: 20, description: 30 };

/**
 * Where a word begins: behind a space, and at letters and digits behind a sign, so that "drop-telnet (tcp/23)" is found
 * by "telnet" and "23". A dot or colon between digits begins no word: nobody looks for an address from its middle.
 */
const WORD_START = /(?<!\S)\S|(?<![\p{L}\p{M}\p{N}\s.:'’])[\p{L}\p{N}]|(?<=\.)\p{L}/gu;

export type FoundBy = Pick<RuleFields, 'name' | 'description' | 'src_cidr' | 'dst_cidr'>;

/** The addresses, and name and description from each of their words on: "Slow lane" is found by "lane" and "slow la". */
export function ruleTerms({ name, description, src_cidr, dst_cidr }: FoundBy): string[] {
  const terms = new Set([
    ...fromEachWord(name, MAX_WORDS.name),
    ...fromEachWord(description, MAX_WORDS.description),
  ]);
  for (const cidr of [src_cidr, dst_cidr]) if (cidr !== null) terms.add(cidr);
  return [...terms];
}

/** What somebody searches for, as it is compared with the terms. */
export function ruleTerm(text: string): string {
  return cutTerm(compared(text), MAX_RULE_TERM);
}

const compared = (text: string) => normalizeTerm(text, Number.POSITIVE_INFINITY).replace(/\s+/g, ' ');

function fromEachWord(text: string, max: number): string[] {
  const words = compared(text);
  const terms: string[] = [];
  for (const { index } of words.matchAll(WORD_START)) {
    if (terms.length === max) break;
    terms.push(cutTerm(words.slice(index), MAX_RULE_TERM));
  }
  return terms;
}

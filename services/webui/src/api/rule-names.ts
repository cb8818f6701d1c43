import { useQueries } from '@tanstack/react-query';
import { ruleQuery } from './rules.ts';

const MOST = 40;

/** Names of rules that are known by id only, as in verdicts. A rule that is gone has none. */
export function useRuleNames(ids: readonly string[]): (id: string) => string {
  const wanted = [...new Set(ids)].slice(0, MOST);
  const names = useQueries({
    queries: wanted.map((id) => ({ ...ruleQuery(id), staleTime: 30_000, retry: false })),
    combine: (results) => new Map(results.map((result, index) => [wanted[index], result.data?.rule.name])),
  });
  return (id) => names.get(id) ?? `Rule ${id.slice(-8)}`;
}

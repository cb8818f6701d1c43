import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, describeError } from '../../api/problem.ts';
import { type Rule, readRule, switchRule } from '../../api/rules.ts';
import { showToast } from '../../ui/toast.tsx';

type RuleListData = { items: Rule[] };

/** Somebody changed the rule after it was shown here. */
class ChangedMeanwhile extends Error {}

/**
 * Switches a rule at once on the page, then on the server. A list carries no entity tags, so the tag is read first,
 * and a rule that differs from what the user saw is not touched.
 */
export function useToggleRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ rule, enabled }: { rule: Rule; enabled: boolean }) => {
      const current = await readRule(rule.id);
      if (current.rule.updated_at !== rule.updated_at) throw new ChangedMeanwhile();
      return switchRule(rule.id, current.etag, enabled);
    },
    onMutate: async ({ rule, enabled }) => {
      await client.cancelQueries({ queryKey: ['rules', 'list'] });
      putIntoLists(client, { ...rule, enabled });
    },
    onSuccess: ({ rule }) => {
      putIntoLists(client, rule);
      showToast('ok', `“${rule.name}” is ${rule.enabled ? 'enabled' : 'disabled'}.`);
    },
    onError: (error, { rule }) => {
      putIntoLists(client, rule);
      showToast('danger', explain(error, rule));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['rules'] }),
  });
}

function putIntoLists(client: QueryClient, rule: Rule): void {
  client.setQueriesData<RuleListData>(
    { queryKey: ['rules', 'list'] },
    (list) => list && { ...list, items: list.items.map((each) => (each.id === rule.id ? rule : each)) },
  );
}

function explain(error: unknown, rule: Rule): string {
  const changed = error instanceof ChangedMeanwhile || (error instanceof ApiError && error.status === 412);
  if (changed) return `Somebody changed “${rule.name}” meanwhile. Look at it again, then switch it.`;
  if (error instanceof ApiError && error.status === 404) return `“${rule.name}” has been deleted meanwhile.`;
  return `“${rule.name}” could not be switched: ${describeError(error)}`;
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, describeError } from '../../api/problem.ts';
import { deleteRule, type Rule, ruleQuery } from '../../api/rules.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { showToast } from '../../ui/toast.tsx';
import { describeMatch } from './describe-match.ts';

/** Deletes the rule as it is shown here: the tag is read when the dialog opens. */
export function DeleteRuleDialog({ rule: listed, onClose }: { rule: Rule; onClose(): void }) {
  const client = useQueryClient();
  const current = useQuery({ ...ruleQuery(listed.id), staleTime: 0, gcTime: 0 });
  const rule = current.data?.rule ?? listed;
  const remove = useMutation({
    mutationFn: async () => {
      const etag = current.data?.etag;
      if (!etag) throw new Error('The rule is still being read.');
      await deleteRule(rule.id, etag);
    },
    onSuccess: () => {
      showToast('ok', `“${rule.name}” is deleted.`);
      client.invalidateQueries({ queryKey: ['rules', 'list'] });
      onClose();
    },
    onError: () => current.refetch(),
  });
  return (
    <ConfirmDialog
      title="Delete rule"
      action="Delete"
      busy={remove.isPending || current.isPending}
      error={explain(remove.error ?? current.error)}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        <strong className="font-semibold text-gold">{rule.name}</strong> is deleted for everybody and stops to
        act within a second.
      </p>
      <p className="mt-2 text-quiet">{describeMatch(rule)}</p>
    </ConfirmDialog>
  );
}

function explain(error: Error | null): string | undefined {
  if (!error) return undefined;
  if (error instanceof ApiError && error.status === 412) {
    return 'Somebody changed this rule meanwhile. It is shown as it is now: delete it all the same?';
  }
  if (error instanceof ApiError && error.status === 404) return 'This rule has been deleted already.';
  return describeError(error);
}

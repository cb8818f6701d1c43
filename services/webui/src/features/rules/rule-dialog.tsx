import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/problem.ts';
import { createRule, readRule, replaceRule, ruleQuery, type TaggedRule } from '../../api/rules.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { showToast } from '../../ui/toast.tsx';
import { ConflictNotice } from './conflict-notice.tsx';
import { RuleForm } from './rule-form.tsx';
import { NEW_RULE, type RuleValues, toInput, toValues } from './rule-values.ts';

function useSaved(onClose: () => void) {
  const client = useQueryClient();
  return (message: string) => {
    showToast('ok', message);
    client.invalidateQueries({ queryKey: ['rules'] });
    onClose();
  };
}

export function NewRuleDialog({ onClose }: { onClose(): void }) {
  const saved = useSaved(onClose);
  async function create(values: RuleValues) {
    const rule = await createRule(toInput(values));
    saved(`“${rule.name}” is created.`);
  }
  return (
    <Dialog title="New rule" wide onClose={onClose}>
      <RuleForm values={NEW_RULE} submitLabel="Create rule" onSubmit={create} onClose={onClose} />
    </Dialog>
  );
}

export function EditRuleDialog({ id, onClose }: { id: string; onClose(): void }) {
  // Always read anew: an old copy would only lead to a conflict. Never read again while somebody types.
  const query = useQuery({
    ...ruleQuery(id),
    queryKey: ['rule-editor', id],
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Dialog title="Edit rule" wide onClose={onClose}>
      <QueryState query={query} skeleton={<SkeletonRows rows={8} />}>
        {(tagged) => <RuleEditor read={tagged} onClose={onClose} />}
      </QueryState>
    </Dialog>
  );
}

function RuleEditor({ read, onClose }: { read: TaggedRule; onClose(): void }) {
  const saved = useSaved(onClose);
  /** What the form started from: its tag is what a save may replace. */
  const [base, setBase] = useState(read);
  const [values, setValues] = useState(() => toValues(read.rule));
  const [conflict, setConflict] = useState<TaggedRule | null>(null);

  async function save(typed: RuleValues) {
    try {
      const { rule } = await replaceRule(base.rule.id, base.etag, toInput(typed));
      saved(`“${rule.name}” is saved.`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      setConflict(await readRule(base.rule.id));
    }
  }

  function settle(next: RuleValues) {
    if (conflict) setBase(conflict);
    setValues(next);
    setConflict(null);
  }

  return (
    <RuleForm
      values={values}
      submitLabel="Save rule"
      onSubmit={save}
      onClose={onClose}
      notice={(typed) =>
        conflict && (
          <ConflictNotice
            current={conflict.rule}
            typed={typed()}
            onTakeTheirs={() => settle(toValues(conflict.rule))}
            onKeepMine={() => settle(typed())}
          />
        )
      }
    />
  );
}

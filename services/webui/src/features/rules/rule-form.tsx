import { zodResolver } from '@hookform/resolvers/zod';
import { type ReactNode, useState } from 'react';
import { useForm } from 'react-hook-form';
import { placeProblems } from '../../lib/form-problems.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { DialogActions } from '../../ui/dialog.tsx';
import { RuleFields } from './rule-fields.tsx';
import { fieldOf, RuleValues } from './rule-values.ts';

interface RuleFormProps {
  values: RuleValues;
  submitLabel: string;
  /** Above the fields; given the values as they stand, to compare with. */
  notice?: (typed: () => RuleValues) => ReactNode;
  /** Rejects with what the API said. */
  onSubmit(values: RuleValues): Promise<void>;
  onClose(): void;
}

export function RuleForm({ values, submitLabel, notice, onSubmit, onClose }: RuleFormProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const form = useForm<RuleValues>({ values, resolver: zodResolver(RuleValues) });
  const submit = form.handleSubmit(async (typed) => {
    setFailure(null);
    try {
      await onSubmit(typed);
    } catch (error) {
      setFailure(placeProblems(error, fieldOf, form.setError));
    }
  });
  return (
    <form noValidate onSubmit={submit}>
      <div className="flex flex-col gap-5 px-6 py-5">
        {failure && <Alert tone="danger">{failure}</Alert>}
        {notice?.(form.getValues)}
        <RuleFields form={form} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" busy={form.formState.isSubmitting}>
          {submitLabel}
        </Button>
      </DialogActions>
    </form>
  );
}

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { describeError } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { showToast } from '../../ui/toast.tsx';
import { type User, updateUser } from './users-api.ts';

export function ActivationDialog({ user, onClose }: { user: User; onClose(): void }) {
  const client = useQueryClient();
  const active = user.is_active;
  const change = useMutation({
    mutationFn: () => updateUser(user.id, { is_active: !active }),
    onSuccess: () => {
      showToast('ok', `${user.email} is ${active ? 'deactivated' : 'active again'}.`);
      client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={active ? 'Deactivate user' : 'Activate user'}
      action={active ? 'Deactivate' : 'Activate'}
      tone={active ? 'danger' : 'primary'}
      busy={change.isPending}
      error={change.error ? describeError(change.error) : undefined}
      onConfirm={() => change.mutate()}
      onClose={onClose}
    >
      <p>
        <strong className="font-semibold text-gold">{user.email}</strong>{' '}
        {active ? 'is signed out everywhere at once and cannot sign in any more.' : 'can sign in again.'}
      </p>
    </ConfirmDialog>
  );
}

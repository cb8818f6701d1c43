import { useMutation, useQueryClient } from '@tanstack/react-query';
import { describeError } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { showToast } from '../../ui/toast.tsx';
import { deleteUser, type User } from './users-api.ts';

export function DeleteUserDialog({ user, onClose }: { user: User; onClose(): void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteUser(user.id),
    onSuccess: () => {
      showToast('ok', `${user.email} is deleted.`);
      client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Delete user"
      action="Delete"
      busy={remove.isPending}
      error={remove.error ? describeError(remove.error) : undefined}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        <strong className="font-semibold text-gold">{user.email}</strong> is signed out everywhere and
        deleted. This cannot be undone; to lock somebody out for a time, deactivate the account instead.
      </p>
    </ConfirmDialog>
  );
}

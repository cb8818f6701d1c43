import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { placeProblems } from '../../lib/form-problems.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { showToast } from '../../ui/toast.tsx';
import { createUser, ROLES, type Role, type User, updateUser } from './users-api.ts';

interface UserValues {
  email: string;
  full_name: string;
  role: Role;
  password: string;
}

const EMPTY: UserValues = { email: '', full_name: '', role: 'viewer', password: '' };
const fieldOf = (path: string) => (path in EMPTY ? (path as keyof UserValues) : null);

/** Creates a user, or edits the one given. */
export function UserDialog({ user, onClose }: { user?: User; onClose(): void }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const { register, handleSubmit, setError, formState } = useForm<UserValues>({
    defaultValues: user
      ? { email: user.email, full_name: user.full_name, role: user.role, password: '' }
      : EMPTY,
  });
  const { errors } = formState;

  const submit = handleSubmit(async ({ password, ...values }) => {
    setFailure(null);
    try {
      const saved = user
        ? await updateUser(user.id, { ...values, ...(password && { password, must_change_password: true }) })
        : await createUser({ ...values, password, is_active: true, must_change_password: true });
      showToast('ok', `${saved.email} is ${user ? 'saved' : 'created'}.`);
      client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    } catch (error) {
      setFailure(placeProblems(error, fieldOf, setError));
    }
  });

  return (
    <Dialog title={user ? 'Edit user' : 'New user'} onClose={onClose}>
      <form noValidate onSubmit={submit}>
        <div className="flex flex-col gap-5 px-6 py-5">
          {failure && <Alert tone="danger">{failure}</Alert>}
          <TextField
            label="E-mail"
            type="email"
            autoComplete="off"
            autoFocus
            error={errors.email?.message}
            {...register('email', { required: 'Enter an e-mail address.' })}
          />
          <TextField
            label="Name"
            autoComplete="off"
            error={errors.full_name?.message}
            {...register('full_name', { required: 'Enter a name.' })}
          />
          <SelectField label="Role" error={errors.role?.message} {...register('role')}>
            {ROLES.map(([role, text]) => (
              <option key={role} value={role}>
                {text}
              </option>
            ))}
          </SelectField>
          <TextField
            label={user ? 'New password' : 'Password'}
            type="password"
            autoComplete="new-password"
            hint={
              user
                ? 'Empty = unchanged. A new one signs the user out everywhere.'
                : 'At least 8 characters. The user is asked to change it.'
            }
            error={errors.password?.message}
            {...register('password', user ? {} : { required: 'Choose a first password.' })}
          />
        </div>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={formState.isSubmitting}>
            {user ? 'Save user' : 'Create user'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { api } from '../../api/client.ts';
import { meQuery } from '../../api/me.ts';
import type { components } from '../../api/schema.gen.ts';
import { placeProblems } from '../../lib/form-problems.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { TextField } from '../../ui/field.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { showToast } from '../../ui/toast.tsx';

export function PersonalForm({ user }: { user: components['schemas']['User'] }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const { register, handleSubmit, setError, formState } = useForm({ values: { full_name: user.full_name } });
  const submit = handleSubmit(async (body) => {
    setFailure(null);
    try {
      await api.PUT('/users/me', { body });
      showToast('ok', 'Your name is saved.');
      await client.invalidateQueries(meQuery);
    } catch (error) {
      setFailure(placeProblems(error, (path) => (path === 'full_name' ? path : null), setError));
    }
  });
  return (
    <Card title="Your data">
      <form noValidate onSubmit={submit} className="flex flex-col gap-5 pt-2">
        {failure && <Alert tone="danger">{failure}</Alert>}
        <dl className="grid gap-4 sm:grid-cols-2">
          <div className="min-w-0">
            <dt className="caption">E-mail</dt>
            <dd className="mt-0.5 wrap-anywhere">{user.email}</dd>
          </div>
          <div>
            <dt className="caption">Role</dt>
            <dd className="mt-0.5 capitalize">{user.role}</dd>
          </div>
          <div>
            <dt className="caption">Account since</dt>
            <dd className="mt-0.5">
              <RelativeTime value={user.created_at} />
            </dd>
          </div>
        </dl>
        <TextField
          label="Name"
          autoComplete="name"
          error={formState.errors.full_name?.message}
          {...register('full_name', { required: 'Enter your name.' })}
        />
        <Button type="submit" variant="primary" busy={formState.isSubmitting} className="self-start">
          Save name
        </Button>
      </form>
    </Card>
  );
}

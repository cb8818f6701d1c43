import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { useLocation } from 'react-router';
import { api } from '../../api/client.ts';
import { meQuery } from '../../api/me.ts';
import { placeProblems } from '../../lib/form-problems.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { TextField } from '../../ui/field.tsx';
import { showToast } from '../../ui/toast.tsx';

const EMPTY = { current_password: '', new_password: '', repeated: '' };
const fieldOf = (path: string) => (path in EMPTY ? (path as keyof typeof EMPTY) : null);

export function PasswordForm({ email }: { email: string }) {
  const client = useQueryClient();
  const [failure, setFailure] = useState<string | null>(null);
  const { register, handleSubmit, setError, setFocus, reset, formState } = useForm({ defaultValues: EMPTY });
  const { errors } = formState;
  const section = useRef<HTMLDivElement>(null);
  const { hash } = useLocation();

  // The banner about the default password leads here.
  useEffect(() => {
    if (hash !== '#password') return;
    section.current?.scrollIntoView({ block: 'center' });
    setFocus('current_password');
  }, [hash, setFocus]);

  const submit = handleSubmit(async ({ repeated: _, ...body }) => {
    setFailure(null);
    try {
      await api.PUT('/users/me/password', { body });
      reset();
      showToast('ok', 'Your password is changed. Your other sessions are signed out.');
      await Promise.all([
        client.invalidateQueries(meQuery),
        client.invalidateQueries({ queryKey: ['sessions'] }),
      ]);
    } catch (error) {
      setFailure(placeProblems(error, fieldOf, setError));
    }
  });

  return (
    <Card title="Password">
      <div ref={section}>
        <form noValidate onSubmit={submit} className="flex flex-col gap-5 pt-2">
          {failure && <Alert tone="danger">{failure}</Alert>}
          {/* Tells password managers whose password this is. */}
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <TextField
            label="Current password"
            type="password"
            autoComplete="current-password"
            error={errors.current_password?.message}
            {...register('current_password', { required: 'Enter your current password.' })}
          />
          <TextField
            label="New password"
            type="password"
            autoComplete="new-password"
            hint="At least 8 characters, and not a common one"
            error={errors.new_password?.message}
            {...register('new_password', { required: 'Choose a new password.' })}
          />
          <TextField
            label="Repeat the new password"
            type="password"
            autoComplete="new-password"
            error={errors.repeated?.message}
            {...register('repeated', {
              validate: (value, { new_password }) =>
                value === new_password || 'The two new passwords differ.',
            })}
          />
          <Button type="submit" variant="primary" busy={formState.isSubmitting} className="self-start">
            Change password
          </Button>
        </form>
      </div>
    </Card>
  );
}

import { useId, useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiError, describeError } from '../../api/problem.ts';
import { signIn } from '../../api/session/sign-in.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';

interface Credentials {
  email: string;
  password: string;
}

/** What to do next follows from the session, which this starts. */
export function LoginForm() {
  const [failure, setFailure] = useState<string | null>(null);
  const titleId = useId();
  const { register, handleSubmit, resetField, setFocus, formState } = useForm<Credentials>({
    defaultValues: { email: '', password: '' },
  });

  const submit = handleSubmit(async ({ email, password }) => {
    setFailure(null);
    try {
      await signIn(email.trim(), password);
    } catch (error) {
      setFailure(describeFailure(error));
      resetField('password');
      setFocus('password');
    }
  });

  return (
    <form noValidate onSubmit={submit} aria-labelledby={titleId} className="flex flex-col gap-5">
      <h1 id={titleId} className="text-center text-lg font-semibold">
        Sign in to Tripod
      </h1>
      {failure && <Alert tone="danger">{failure}</Alert>}
      <TextField
        label="E-mail"
        type="email"
        autoComplete="username"
        autoFocus
        error={formState.errors.email?.message}
        {...register('email', { required: 'Enter your e-mail address.' })}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        error={formState.errors.password?.message}
        {...register('password', { required: 'Enter your password.' })}
      />
      <Button type="submit" variant="gold" busy={formState.isSubmitting} className="mt-1">
        Sign in
      </Button>
    </form>
  );
}

function describeFailure(error: unknown): string {
  if (!(error instanceof ApiError)) return `${describeError(error)} Try again in a moment.`;
  if (error.status === 401) return 'Wrong e-mail or password.';
  if (error.status === 429) return 'Too many attempts. Wait a minute and try again.';
  return describeError(error);
}

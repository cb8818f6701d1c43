import { ChevronDown } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';
import { cn } from '../lib/cn.ts';

const CONTROL =
  'min-h-11 w-full rounded-lg border bg-page px-3 text-sm text-gold-light placeholder:text-quiet transition-colors focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  className?: string | undefined;
}

interface ControlProps {
  id: string;
  'aria-invalid': true | undefined;
  'aria-describedby': string | undefined;
  className: string;
}

/** Label, control, hint and error, tied together for assistive technology. */
function Field({
  label,
  hint,
  error,
  className,
  children,
}: FieldProps & { children(props: ControlProps): ReactNode }) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium text-gold">
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': errorId ?? hintId,
        className: cn(CONTROL, error ? 'border-danger' : 'border-line-strong/70 hover:border-line-strong'),
      })}
      {error && (
        <p id={errorId} className="text-xs text-danger">
          {error}
        </p>
      )}
      {hint && !error && (
        <p id={hintId} className="caption">
          {hint}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = FieldProps & InputHTMLAttributes<HTMLInputElement> & { mono?: boolean };

export function TextField({ label, hint, error, className, mono = false, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => <input {...input} {...control} className={cn(control.className, mono && 'font-mono')} />}
    </Field>
  );
}

type SelectFieldProps = FieldProps & SelectHTMLAttributes<HTMLSelectElement>;

export function SelectField({ label, hint, error, className, children, ...select }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => (
        <span className="relative">
          <select {...select} {...control} className={cn(control.className, 'appearance-none pr-9')}>
            {children}
          </select>
          <ChevronDown
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-gold-muted"
          />
        </span>
      )}
    </Field>
  );
}

import { ChevronDown } from 'lucide-react';

interface FilterSelectProps {
  label: string;
  value: string;
  /** [value, text]; the empty value means no filter. */
  options: readonly (readonly [string, string])[];
  onChange(value: string): void;
}

export function FilterSelect({ label, value, options, onChange }: FilterSelectProps) {
  return (
    <div className="relative">
      <select
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-11 w-full appearance-none rounded-lg border border-line-strong/70 bg-page pr-9 pl-3 text-sm hover:border-line-strong focus-visible:outline-offset-0"
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-gold-muted"
      />
    </div>
  );
}

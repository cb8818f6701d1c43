import { Switch as RadixSwitch } from 'radix-ui';

interface SwitchProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange(checked: boolean): void;
}

export function Switch({ label, checked, disabled = false, onChange }: SwitchProps) {
  return (
    <RadixSwitch.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="group inline-flex h-11 w-12 shrink-0 items-center justify-center rounded-lg disabled:cursor-not-allowed disabled:opacity-60"
    >
      <span className="flex h-6 w-10 items-center rounded-full bg-line p-0.5 ring-1 ring-line-strong transition-colors ring-inset group-data-[state=checked]:bg-primary-600 group-data-[state=checked]:ring-primary-500">
        <RadixSwitch.Thumb className="block size-5 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-4" />
      </span>
    </RadixSwitch.Root>
  );
}

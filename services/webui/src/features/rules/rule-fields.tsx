import type { UseFormReturn } from 'react-hook-form';
import { SelectField, TextField } from '../../ui/field.tsx';
import type { RuleValues } from './rule-values.ts';

export function RuleFields({ form }: { form: UseFormReturn<RuleValues> }) {
  const { register, watch, formState } = form;
  const action = watch('action');
  const error = (field: keyof RuleValues) => formState.errors[field]?.message;
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-[1fr_9rem]">
        <TextField label="Name" autoFocus error={error('name')} {...register('name')} />
        <TextField
          label="Priority"
          inputMode="numeric"
          hint="Smaller matches first"
          error={error('priority')}
          {...register('priority')}
        />
      </div>
      <TextField label="Description" error={error('description')} {...register('description')} />

      <Group title="Matches">
        <SelectField
          label="Protocol"
          error={error('protocol')}
          className="sm:col-span-2"
          {...register('protocol')}
        >
          <option value="any">Any protocol</option>
          <option value="tcp">TCP</option>
          <option value="udp">UDP</option>
          <option value="icmp">ICMP (and ICMPv6)</option>
        </SelectField>
        <TextField
          mono
          label="Source address"
          placeholder="any"
          hint="Address or CIDR, IPv4 or IPv6"
          error={error('src_cidr')}
          {...register('src_cidr')}
        />
        <TextField
          mono
          label="Source ports"
          placeholder="any"
          hint="53 or 1000-2000; TCP and UDP"
          error={error('src_ports')}
          {...register('src_ports')}
        />
        <TextField
          mono
          label="Destination address"
          placeholder="any"
          error={error('dst_cidr')}
          {...register('dst_cidr')}
        />
        <TextField
          mono
          label="Destination ports"
          placeholder="any"
          error={error('dst_ports')}
          {...register('dst_ports')}
        />
      </Group>

      <Group title="Then">
        <SelectField label="Action" error={error('action')} className="sm:col-span-2" {...register('action')}>
          <option value="drop">Drop</option>
          <option value="allow">Allow</option>
          <option value="rate_limit">Rate limit</option>
        </SelectField>
        {action === 'rate_limit' && (
          <>
            <TextField
              label="Packets per second"
              inputMode="numeric"
              error={error('rate_pps')}
              {...register('rate_pps')}
            />
            <TextField
              label="Burst"
              inputMode="numeric"
              placeholder="automatic"
              hint="Packets at once; empty = 50 ms of the rate"
              error={error('burst')}
              {...register('burst')}
            />
          </>
        )}
      </Group>

      <label className="flex min-h-11 w-fit items-center gap-3 font-medium text-gold">
        <input type="checkbox" className="size-5 accent-primary-600" {...register('enabled')} />
        Enabled
      </label>
    </>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="border-t border-line pt-4">
      <legend className="float-left mb-4 w-full text-xs font-semibold tracking-wider text-gold-muted uppercase">
        {title}
      </legend>
      <div className="clear-both grid gap-5 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}

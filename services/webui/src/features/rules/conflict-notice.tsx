import type { Rule } from '../../api/rules.ts';
import { Alert } from '../../ui/alert.tsx';
import { Button } from '../../ui/button.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { type RuleValues, toValues } from './rule-values.ts';

const LABELS: Record<keyof RuleValues, string> = {
  name: 'Name',
  description: 'Description',
  enabled: 'Enabled',
  priority: 'Priority',
  action: 'Action',
  protocol: 'Protocol',
  src_cidr: 'Source address',
  dst_cidr: 'Destination address',
  src_ports: 'Source ports',
  dst_ports: 'Destination ports',
  rate_pps: 'Packets per second',
  burst: 'Burst',
};

interface ConflictNoticeProps {
  /** The rule as it is now on the server. */
  current: Rule;
  typed: RuleValues;
  onTakeTheirs(): void;
  onKeepMine(): void;
}

/** Somebody else saved the rule while it was being edited: shows both, and nothing is lost unasked. */
export function ConflictNotice({ current, typed, onTakeTheirs, onKeepMine }: ConflictNoticeProps) {
  const theirs = toValues(current);
  const fields = Object.keys(LABELS) as (keyof RuleValues)[];
  const different = fields.filter((field) => theirs[field] !== typed[field]);
  return (
    <Alert tone="warning">
      <p className="font-semibold">
        Somebody changed this rule <RelativeTime value={current.updated_at} />. Nothing of yours has been
        saved.
      </p>
      <table className="mt-3 w-full text-left text-xs text-gold-light">
        <thead className="text-gold-muted">
          <tr>
            <th className="py-1 pr-3 font-semibold">Field</th>
            <th className="py-1 pr-3 font-semibold">Yours</th>
            <th className="py-1 font-semibold">Theirs</th>
          </tr>
        </thead>
        <tbody>
          {different.map((field) => (
            <tr key={field}>
              <th className="py-1 pr-3 font-normal">{LABELS[field]}</th>
              <td className="py-1 pr-3 font-mono wrap-anywhere">{show(typed[field])}</td>
              <td className="py-1 font-mono wrap-anywhere">{show(theirs[field])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {different.length === 0 && <p className="mt-1 text-gold-light">What you typed is what they saved.</p>}
      <div className="mt-3 flex flex-wrap gap-3">
        <Button onClick={onTakeTheirs}>Take theirs</Button>
        <Button onClick={onKeepMine}>Keep mine and go on</Button>
      </div>
    </Alert>
  );
}

function show(value: string | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value || '–';
}

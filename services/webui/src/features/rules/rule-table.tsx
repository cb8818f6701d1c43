import { useQuery } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { countersQuery, statusQuery } from '../../api/fastpath.ts';
import type { Rule } from '../../api/rules.ts';
import type { components } from '../../api/schema.gen.ts';
import { cn } from '../../lib/cn.ts';
import { formatCount } from '../../lib/format.ts';
import { ActionBadge } from '../../ui/action-badge.tsx';
import { Cell, DataTable, HeaderCell, HeaderRow, Row, SortHeader } from '../../ui/data-table.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { Switch } from '../../ui/switch.tsx';
import { describeLimit, describeMatch } from './describe-match.ts';
import { useToggleRule } from './use-toggle-rule.ts';

interface RuleTableProps {
  rules: Rule[];
  sort: string;
  canWrite: boolean;
  onSort(sort: string): void;
  onEdit(rule: Rule): void;
  onDelete(rule: Rule): void;
}

export function RuleTable({ rules, sort, canWrite, onSort, onEdit, onDelete }: RuleTableProps) {
  const { data: fastPath } = useQuery(statusQuery);
  const shown = fastPath?.enabled ? rules.map(({ id }) => id) : [];
  const counters = useQuery(countersQuery(shown));
  const byRule = new Map(counters.data?.items.map((counter) => [counter.rule_id, counter]));
  return (
    <DataTable label="Rules">
      <HeaderRow>
        <SortHeader field="priority" sort={sort} onSort={onSort} className="hidden w-24 sm:table-cell">
          Priority
        </SortHeader>
        <SortHeader field="name" sort={sort} onSort={onSort} className="max-sm:pl-5">
          Name
        </SortHeader>
        <HeaderCell className="hidden lg:table-cell">Match</HeaderCell>
        <HeaderCell className="hidden sm:table-cell">Action</HeaderCell>
        <HeaderCell numeric className="hidden md:table-cell">
          Packets
        </HeaderCell>
        <HeaderCell numeric className="hidden md:table-cell">
          Dropped
        </HeaderCell>
        <HeaderCell>Enabled</HeaderCell>
        {canWrite && (
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        )}
      </HeaderRow>
      <tbody>
        {rules.map((rule) => (
          <RuleRow key={rule.id} counter={byRule.get(rule.id)} {...{ rule, canWrite, onEdit, onDelete }} />
        ))}
      </tbody>
    </DataTable>
  );
}

interface RuleRowProps extends Pick<RuleTableProps, 'canWrite' | 'onEdit' | 'onDelete'> {
  rule: Rule;
  counter: components['schemas']['RuleCounter'] | undefined;
}

function RuleRow({ rule, counter, canWrite, onEdit, onDelete }: RuleRowProps) {
  const toggle = useToggleRule();
  const match = describeMatch(rule);
  const limit = describeLimit(rule);
  return (
    <Row faded={!rule.enabled}>
      <Cell className="figures hidden sm:table-cell">{formatCount(rule.priority)}</Cell>
      <Cell className="wrap-anywhere max-sm:pl-5 sm:min-w-36">
        <span className={cn('font-medium', rule.enabled && 'text-gold')}>{rule.name}</span>
        {rule.description && <span className="line-clamp-1 text-xs text-quiet">{rule.description}</span>}
        <span className="mt-1 block text-xs lg:hidden">
          <span className="figures sm:hidden">{formatCount(rule.priority)} · </span>
          {match}
        </span>
        <span className="mt-1.5 block sm:hidden">
          <ActionBadge action={rule.action} />
        </span>
      </Cell>
      <Cell className="hidden wrap-anywhere lg:table-cell">{match}</Cell>
      <Cell className="hidden sm:table-cell">
        <ActionBadge action={rule.action} />
        {limit && <span className="figures mt-1 block text-xs whitespace-nowrap text-quiet">{limit}</span>}
      </Cell>
      <Cell numeric className="hidden md:table-cell">
        {counter ? formatCount(counter.packets) : '–'}
      </Cell>
      <Cell
        numeric
        className={cn('hidden md:table-cell', (counter?.dropped_packets ?? 0) > 0 && 'text-danger')}
      >
        {counter ? formatCount(counter.dropped_packets) : '–'}
      </Cell>
      <Cell>
        <Switch
          label={`${rule.name} enabled`}
          checked={rule.enabled}
          disabled={!canWrite || toggle.isPending}
          onChange={(enabled) => toggle.mutate({ rule, enabled })}
        />
      </Cell>
      {canWrite && (
        <Cell className="w-12 sm:w-24">
          <span className="flex flex-col items-end justify-end sm:flex-row">
            <IconButton icon={Pencil} label={`Edit ${rule.name}`} onClick={() => onEdit(rule)} />
            <IconButton
              icon={Trash2}
              tone="danger"
              label={`Delete ${rule.name}`}
              onClick={() => onDelete(rule)}
            />
          </span>
        </Cell>
      )}
    </Row>
  );
}

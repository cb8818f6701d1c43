import { useQuery } from '@tanstack/react-query';
import { Plus, SearchX, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useCan } from '../../api/me.ts';
import type { Rule } from '../../api/rules.ts';
import { useListState } from '../../lib/use-list-state.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Pagination } from '../../ui/pagination.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { DeleteRuleDialog } from './delete-rule-dialog.tsx';
import { EditRuleDialog, NewRuleDialog } from './rule-dialog.tsx';
import { RuleFilters } from './rule-filters.tsx';
import { PER_PAGE, RULE_LIST, ruleListQuery } from './rule-list-query.ts';
import { RuleTable } from './rule-table.tsx';

type OpenDialog = { kind: 'new' } | { kind: 'edit'; rule: Rule } | { kind: 'delete'; rule: Rule } | null;

export function RuleList() {
  const canWrite = useCan('rules:write');
  const [list, setList] = useListState(RULE_LIST);
  const rules = useQuery(ruleListQuery(list));
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const filtered = list.q !== '' || Object.keys(list.filters).length > 0;
  const newRule = (
    <Button variant="primary" onClick={() => setDialog({ kind: 'new' })}>
      <Plus className="size-4" aria-hidden="true" />
      New rule
    </Button>
  );

  return (
    <Page
      title="Rules"
      description="The first rule that matches decides, by ascending priority. What no rule matches is allowed."
      actions={canWrite && newRule}
    >
      <div className="rounded-xl border border-line bg-surface pb-2">
        <RuleFilters list={list} onChange={setList} />
        <QueryState query={rules} skeleton={<SkeletonRows rows={8} />}>
          {({ items, pagination }) =>
            items.length === 0 ? (
              <NoRules filtered={filtered} action={canWrite && newRule} />
            ) : (
              <>
                <RuleTable
                  rules={items}
                  sort={list.sort}
                  canWrite={canWrite}
                  onSort={(sort) => setList({ sort })}
                  onEdit={(rule) => setDialog({ kind: 'edit', rule })}
                  onDelete={(rule) => setDialog({ kind: 'delete', rule })}
                />
                <Pagination
                  page={list.page}
                  perPage={PER_PAGE}
                  total={pagination?.total ?? items.length}
                  isCapped={pagination?.total_is_capped ?? false}
                  noun="rules"
                  onPage={(page) => setList({ page })}
                />
              </>
            )
          }
        </QueryState>
      </div>
      {dialog?.kind === 'new' && <NewRuleDialog onClose={close} />}
      {dialog?.kind === 'edit' && <EditRuleDialog id={dialog.rule.id} onClose={close} />}
      {dialog?.kind === 'delete' && <DeleteRuleDialog rule={dialog.rule} onClose={close} />}
    </Page>
  );
}

function NoRules({ filtered, action }: { filtered: boolean; action: React.ReactNode }) {
  if (filtered) {
    return (
      <EmptyState icon={SearchX} title="No rule matches">
        Change the search or the filters.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={ShieldCheck} title="No rules yet">
      <p>Every packet is allowed.</p>
      {action && <div className="mt-4">{action}</div>}
    </EmptyState>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Plus, SearchX, Users } from 'lucide-react';
import { useState } from 'react';
import { useCan } from '../../api/me.ts';
import { useListState } from '../../lib/use-list-state.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Pagination } from '../../ui/pagination.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { ActivationDialog } from './activation-dialog.tsx';
import { DeleteUserDialog } from './delete-user-dialog.tsx';
import { ExportButton } from './export-button.tsx';
import { UserDialog } from './user-dialog.tsx';
import { UserFilters } from './user-filters.tsx';
import { UserTable } from './user-table.tsx';
import { PER_PAGE, USER_LIST, type User, userListQuery } from './users-api.ts';

type OpenDialog = { kind: 'new' } | { kind: 'edit' | 'activation' | 'delete'; user: User } | null;

export function UserList() {
  const canWrite = useCan('users:write');
  const [list, setList] = useListState(USER_LIST);
  const users = useQuery(userListQuery(list));
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const close = () => setDialog(null);
  const filtered = list.q !== '' || Object.keys(list.filters).length > 0;

  return (
    <Page
      title="Users"
      description="Admins do everything, maintainers everything but users, viewers only read."
      actions={
        <div className="flex flex-wrap gap-3">
          <ExportButton list={list} />
          {canWrite && (
            <Button variant="primary" onClick={() => setDialog({ kind: 'new' })}>
              <Plus className="size-4" aria-hidden="true" />
              New user
            </Button>
          )}
        </div>
      }
    >
      <div className="rounded-xl border border-line bg-surface pb-2">
        <UserFilters list={list} onChange={setList} />
        <QueryState query={users} skeleton={<SkeletonRows rows={8} />}>
          {({ items, pagination }) =>
            items.length === 0 ? (
              <EmptyState icon={filtered ? SearchX : Users} title="No user found">
                {filtered && 'Change the search or the filters.'}
              </EmptyState>
            ) : (
              <>
                <UserTable
                  users={items}
                  sort={list.sort}
                  canWrite={canWrite}
                  onSort={(sort) => setList({ sort })}
                  onAct={(kind, user) => setDialog({ kind, user })}
                />
                <Pagination
                  page={list.page}
                  perPage={PER_PAGE}
                  total={pagination?.total ?? items.length}
                  isCapped={pagination?.total_is_capped ?? false}
                  noun="users"
                  onPage={(page) => setList({ page })}
                />
              </>
            )
          }
        </QueryState>
      </div>
      {dialog?.kind === 'new' && <UserDialog onClose={close} />}
      {dialog?.kind === 'edit' && <UserDialog user={dialog.user} onClose={close} />}
      {dialog?.kind === 'activation' && <ActivationDialog user={dialog.user} onClose={close} />}
      {dialog?.kind === 'delete' && <DeleteUserDialog user={dialog.user} onClose={close} />}
    </Page>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Pencil, Trash2, UserCheck, UserX } from 'lucide-react';
import { meQuery } from '../../api/me.ts';
import { cn } from '../../lib/cn.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Cell, DataTable, HeaderCell, HeaderRow, Row, SortHeader } from '../../ui/data-table.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import type { Role, User } from './users-api.ts';

const ROLE_TONES: Record<Role, Tone> = { admin: 'gold', maintainer: 'primary', viewer: 'quiet' };

interface UserTableProps {
  users: User[];
  sort: string;
  canWrite: boolean;
  onSort(sort: string): void;
  onAct(kind: 'edit' | 'activation' | 'delete', user: User): void;
}

export function UserTable({ users, sort, canWrite, onSort, onAct }: UserTableProps) {
  const { data: me } = useQuery(meQuery);
  return (
    <DataTable label="Users">
      <HeaderRow>
        <SortHeader field="email" sort={sort} onSort={onSort}>
          E-mail
        </SortHeader>
        <SortHeader field="full_name" sort={sort} onSort={onSort} className="hidden md:table-cell">
          Name
        </SortHeader>
        <HeaderCell className="hidden sm:table-cell">Role</HeaderCell>
        <HeaderCell className="hidden sm:table-cell">State</HeaderCell>
        <HeaderCell className="hidden lg:table-cell">Last sign-in</HeaderCell>
        <SortHeader field="created_at" sort={sort} onSort={onSort} className="hidden xl:table-cell">
          Created
        </SortHeader>
        {canWrite && (
          <HeaderCell>
            <span className="sr-only">Actions</span>
          </HeaderCell>
        )}
      </HeaderRow>
      <tbody>
        {users.map((user) => (
          <UserRow key={user.id} isSelf={user.id === me?.user.id} {...{ user, canWrite, onAct }} />
        ))}
      </tbody>
    </DataTable>
  );
}

interface UserRowProps extends Pick<UserTableProps, 'canWrite' | 'onAct'> {
  user: User;
  isSelf: boolean;
}

function UserRow({ user, isSelf, canWrite, onAct }: UserRowProps) {
  const state = (
    <Badge tone={user.is_active ? 'ok' : 'danger'}>{user.is_active ? 'Active' : 'Deactivated'}</Badge>
  );
  const role = (
    <Badge tone={ROLE_TONES[user.role]}>
      <span className="capitalize">{user.role}</span>
    </Badge>
  );
  return (
    <Row faded={!user.is_active}>
      <Cell className="wrap-anywhere">
        <span className={cn('font-medium', user.is_active && 'text-gold')}>{user.email}</span>
        {isSelf && <span className="ml-2 text-xs text-quiet">you</span>}
        <span className="block text-xs md:hidden">{user.full_name}</span>
        <span className="mt-1.5 flex gap-2 sm:hidden">
          {role}
          {state}
        </span>
      </Cell>
      <Cell className="hidden wrap-anywhere md:table-cell">{user.full_name}</Cell>
      <Cell className="hidden sm:table-cell">{role}</Cell>
      <Cell className="hidden sm:table-cell">{state}</Cell>
      <Cell className="hidden lg:table-cell">
        {user.last_login_at ? (
          <RelativeTime value={user.last_login_at} />
        ) : (
          <span className="text-quiet">never</span>
        )}
      </Cell>
      <Cell className="hidden xl:table-cell">
        <RelativeTime value={user.created_at} />
      </Cell>
      {canWrite && (
        <Cell className="w-12 sm:w-36">
          <UserActions user={user} isSelf={isSelf} onAct={onAct} />
        </Cell>
      )}
    </Row>
  );
}

function UserActions({ user, isSelf, onAct }: Pick<UserRowProps, 'user' | 'isSelf' | 'onAct'>) {
  const self = isSelf && { disabled: true, title: 'Not on your own account' };
  return (
    <span className="flex flex-col items-end justify-end sm:flex-row">
      <IconButton
        icon={Pencil}
        label={`Edit ${user.email}`}
        onClick={() => onAct('edit', user)}
        {...(isSelf && { disabled: true, title: 'Change your own data in Profile' })}
      />
      <IconButton
        icon={user.is_active ? UserX : UserCheck}
        label={`${user.is_active ? 'Deactivate' : 'Activate'} ${user.email}`}
        onClick={() => onAct('activation', user)}
        {...self}
      />
      <IconButton
        icon={Trash2}
        tone="danger"
        label={`Delete ${user.email}`}
        onClick={() => onAct('delete', user)}
        {...self}
      />
    </span>
  );
}

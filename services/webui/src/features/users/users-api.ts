import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from '../../api/client.ts';
import type { components, paths } from '../../api/schema.gen.ts';
import type { ListShape, ListState } from '../../lib/list-state.ts';

export type User = components['schemas']['User'];
export type Role = User['role'];

export const PER_PAGE = 25;

export const ROLES: readonly (readonly [Role, string])[] = [
  ['admin', 'Admin'],
  ['maintainer', 'Maintainer'],
  ['viewer', 'Viewer'],
];

export const USER_LIST: ListShape = {
  sorts: ['email', 'full_name', 'created_at'],
  defaultSort: 'email',
  filters: { role: ['admin', 'maintainer', 'viewer'], is_active: ['true', 'false'] },
};

type Query = NonNullable<paths['/users']['get']['parameters']['query']>;

export const userListQuery = ({ q, sort, page, filters }: ListState) =>
  queryOptions({
    queryKey: ['users', 'list', { q, sort, page, filters }],
    queryFn: async ({ signal }) => {
      // The shape above lets nothing else through than what the API's enums hold.
      const query = { ...(q && { q }), sort, page, per_page: PER_PAGE, ...filters } as Query;
      return bodyOf(await api.GET('/users', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });

/** The CSV file of all users that the list finds. */
export function exportPath({ q, sort, filters }: ListState): string {
  return `/users/export?${new URLSearchParams({ ...(q && { q }), sort, ...filters })}`;
}

export async function createUser(body: components['schemas']['UserCreate']): Promise<User> {
  return bodyOf(await api.POST('/users', { body }));
}

export async function updateUser(id: string, body: components['schemas']['UserPatch']): Promise<User> {
  return bodyOf(await api.PATCH('/users/{id}', { params: { path: { id } }, body }));
}

export async function deleteUser(id: string): Promise<void> {
  await api.DELETE('/users/{id}', { params: { path: { id } } });
}

import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, bodyOf } from './client.ts';
import type { components } from './schema.gen.ts';

export type Permission = components['schemas']['PermissionName'];

/** Who is signed in and what they may do. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => bodyOf(await api.GET('/auth/me', { signal })),
  staleTime: 30_000,
});

/** Whether the signed-in user has the permission. The API decides; this only shows or hides. */
export function useCan(permission: Permission): boolean {
  const { data } = useQuery(meQuery);
  return data?.permissions.includes(permission) ?? false;
}

import type { Side } from './side.ts';

/** A list as a user looks at it. */
export interface Look {
  list: 'users' | 'audit-logs' | 'rules';
  filter: string;
  sort: string;
}

const FILTERS: Record<Look['list'], { sorts: string[]; filters: string[] }> = {
  users: {
    sorts: ['-created_at', 'email', 'full_name'],
    filters: ['', 'role=admin', 'is_active=false', 'role=maintainer&is_active=true'],
  },
  'audit-logs': {
    sorts: ['-created_at'],
    filters: ['', 'action=auth.login', 'action=user.deleted&resource_type=user'],
  },
  rules: { sorts: ['priority', 'name', '-updated_at'], filters: ['', 'enabled=false', 'protocol=udp'] },
};

const SEARCHES: Look[] = [
  { list: 'users', filter: 'q=zoe.t', sort: 'email' },
  { list: 'users', filter: 'q=turing', sort: '-created_at' },
  { list: 'users', filter: 'q=a', sort: 'email' },
  { list: 'rules', filter: 'q=scanner 77', sort: 'priority' },
  { list: 'rules', filter: 'q=10.7', sort: '-updated_at' },
  { list: 'rules', filter: 'q=s', sort: 'name' },
];

/** Every list with every sort and its filters, and the searches. */
export const LOOKS: readonly Look[] = [
  ...Object.entries(FILTERS).flatMap(([list, { sorts, filters }]) =>
    sorts.flatMap((sort) => filters.map((filter) => ({ list, filter, sort }) as Look)),
  ),
  ...SEARCHES,
];

/** Where each of these pages is on this side: the first and the last by cursor, and by number. */
export const PAGES: Record<string, (side: Side, look: Look) => Promise<string> | string> = {
  'first by cursor': (_side, look) => path(look, { limit: '20' }),
  'last by cursor': lastByCursor,
  'first by number': (_side, look) => path(look, { page: '1', per_page: '20' }),
  async 'last by number'(side, look) {
    const { page } = await side.ask(path(look, { page: '1', per_page: '20' }));
    return path(look, { page: String(Math.max(1, page.pagination!.pages)), per_page: '20' });
  },
};

/** The place 21 rows before the end is that behind the first 21 of the opposite order. */
async function lastByCursor(side: Side, look: Look): Promise<string> {
  const opposite = look.sort.startsWith('-') ? look.sort.slice(1) : `-${look.sort}`;
  const { page } = await side.ask(path({ ...look, sort: opposite }, { limit: '21' }));
  if (!page.next_cursor) return path(look, { limit: '20' });
  const [order, ...place] = JSON.parse(Buffer.from(page.next_cursor, 'base64url').toString());
  // What many match comes in the order of what matched, whatever is asked for: that has no opposite.
  if (order !== opposite) return path(look, { limit: '20' });
  const cursor = Buffer.from(JSON.stringify([look.sort, ...place])).toString('base64url');
  return path(look, { limit: '20', cursor });
}

function path({ list, filter, sort }: Look, more: Record<string, string>): string {
  return `/${list}?${new URLSearchParams([...new URLSearchParams(filter), ['sort', sort], ...Object.entries(more)])}`;
}

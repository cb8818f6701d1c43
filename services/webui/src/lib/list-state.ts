/** What a list shows, as it stands in the URL. */
export interface ListState {
  q: string;
  /** A field, with "-" before it for descending. */
  sort: string;
  /** From 1. */
  page: number;
  filters: Readonly<Record<string, string>>;
}

/** What the parameters of a list may be; everything else in the URL falls back to the default. */
export interface ListShape {
  sorts: readonly string[];
  defaultSort: string;
  filters: Readonly<Record<string, readonly string[]>>;
}

export function parseListState(params: URLSearchParams, shape: ListShape): ListState {
  const sort = params.get('sort') ?? '';
  const page = Number(params.get('page'));
  const filters: Record<string, string> = {};
  for (const [name, values] of Object.entries(shape.filters)) {
    const value = params.get(name);
    if (value !== null && values.includes(value)) filters[name] = value;
  }
  return {
    q: (params.get('q') ?? '').slice(0, 200),
    sort: shape.sorts.includes(sort.replace(/^-/, '')) ? sort : shape.defaultSort,
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    filters,
  };
}

/** The URL of a changed list: defaults are left out, and any change but of the page itself leads back to page 1. */
export function withListState(
  params: URLSearchParams,
  shape: ListShape,
  change: Partial<Omit<ListState, 'filters'>> & { filters?: Record<string, string> },
): URLSearchParams {
  const next = new URLSearchParams(params);
  const assign = (name: string, value: string, fallback: string) =>
    value === fallback ? next.delete(name) : next.set(name, value);
  if (change.q !== undefined) assign('q', change.q, '');
  if (change.sort !== undefined) assign('sort', change.sort, shape.defaultSort);
  for (const [name, value] of Object.entries(change.filters ?? {})) assign(name, value, '');
  assign('page', String(change.page ?? 1), '1');
  return next;
}

/** The next sort order when a column's header is used: ascending, then descending, then ascending again. */
export function toggleSort(current: string, field: string): string {
  return current === field ? `-${field}` : field;
}

import type { ListState } from '../../lib/list-state.ts';
import type { useListState } from '../../lib/use-list-state.ts';
import { FilterSelect } from '../../ui/filter-select.tsx';
import { SearchField } from '../../ui/search-field.tsx';
import { ROLES } from './users-api.ts';

const STATES = [
  ['', 'Active or not'],
  ['true', 'Active'],
  ['false', 'Deactivated'],
] as const;

interface UserFiltersProps {
  list: ListState;
  onChange: ReturnType<typeof useListState>[1];
}

export function UserFilters({ list, onChange }: UserFiltersProps) {
  const filter = (name: string) => ({
    value: list.filters[name] ?? '',
    onChange: (value: string) => onChange({ filters: { [name]: value } }),
  });
  return (
    <search className="flex flex-wrap gap-3 border-b border-line p-4">
      <SearchField label="Search users" value={list.q} onChange={(q) => onChange({ q })} />
      <FilterSelect label="Role" options={[['', 'Every role'], ...ROLES]} {...filter('role')} />
      <FilterSelect label="State" options={STATES} {...filter('is_active')} />
    </search>
  );
}

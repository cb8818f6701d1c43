import type { ListState } from '../../lib/list-state.ts';
import type { useListState } from '../../lib/use-list-state.ts';
import { FilterSelect } from '../../ui/filter-select.tsx';
import { SearchField } from '../../ui/search-field.tsx';

const ACTIONS = [
  ['', 'Every action'],
  ['allow', 'Allow'],
  ['drop', 'Drop'],
  ['rate_limit', 'Rate limit'],
] as const;

const PROTOCOLS = [
  ['', 'Every protocol'],
  ['any', 'Any'],
  ['tcp', 'TCP'],
  ['udp', 'UDP'],
  ['icmp', 'ICMP'],
] as const;

const STATES = [
  ['', 'Enabled or not'],
  ['true', 'Enabled'],
  ['false', 'Disabled'],
] as const;

interface RuleFiltersProps {
  list: ListState;
  onChange: ReturnType<typeof useListState>[1];
}

export function RuleFilters({ list, onChange }: RuleFiltersProps) {
  const filter = (name: string) => ({
    value: list.filters[name] ?? '',
    onChange: (value: string) => onChange({ filters: { [name]: value } }),
  });
  return (
    <search className="flex flex-wrap gap-3 border-b border-line p-4">
      <SearchField label="Search rules" value={list.q} onChange={(q) => onChange({ q })} />
      <FilterSelect label="Action" options={ACTIONS} {...filter('action')} />
      <FilterSelect label="Protocol" options={PROTOCOLS} {...filter('protocol')} />
      <FilterSelect label="State" options={STATES} {...filter('enabled')} />
    </search>
  );
}

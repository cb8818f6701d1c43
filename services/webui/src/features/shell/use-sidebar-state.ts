import { usePersistentState } from '../../lib/use-persistent-state.ts';

interface SidebarState {
  /** The icon rail. */
  collapsed: boolean;
  /** Titles of the categories that are folded. */
  folded: string[];
}

function isSidebarState(value: unknown): value is SidebarState {
  const state = value as SidebarState | null;
  return typeof state?.collapsed === 'boolean' && Array.isArray(state.folded);
}

export function useSidebarState() {
  const [state, setState] = usePersistentState(
    'tripod.sidebar',
    { collapsed: false, folded: [] },
    isSidebarState,
  );
  return {
    collapsed: state.collapsed,
    isFolded: (title: string) => state.folded.includes(title),
    toggleCollapsed: () => setState({ ...state, collapsed: !state.collapsed }),
    toggleFolded: (title: string) =>
      setState({
        ...state,
        folded: state.folded.includes(title)
          ? state.folded.filter((each) => each !== title)
          : [...state.folded, title],
      }),
  };
}

export type Sidebar = ReturnType<typeof useSidebarState>;

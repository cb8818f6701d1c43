import { useSearchParams } from 'react-router';
import { type ListShape, type ListState, parseListState, withListState } from './list-state.ts';

/** The list's state, kept in the URL: it can be linked, reloaded and walked back through. */
export function useListState(
  shape: ListShape,
): [ListState, (change: Parameters<typeof withListState>[2]) => void] {
  const [params, setParams] = useSearchParams();
  return [
    parseListState(params, shape),
    (change) => {
      // Typing in the search field must not fill the history with every letter.
      setParams((current) => withListState(current, shape, change), { replace: change.q !== undefined });
    },
  ];
}

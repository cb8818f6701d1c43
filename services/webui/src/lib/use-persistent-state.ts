import { useState } from 'react';

/** State that survives a reload of the page, in this browser. `isValid` guards against what older versions stored. */
export function usePersistentState<T>(
  key: string,
  initial: T,
  isValid: (value: unknown) => value is T,
): [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => read(key, isValid) ?? initial);
  return [
    value,
    (next) => {
      setValue(next);
      localStorage.setItem(key, JSON.stringify(next));
    },
  ];
}

function read<T>(key: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return isValid(stored) ? stored : undefined;
  } catch {
    // Not ours or cut off: as good as nothing.
    return undefined;
  }
}

import { useSyncExternalStore } from 'react';
import { connectivity } from './connectivity.ts';

export function useConnectivity() {
  return useSyncExternalStore(connectivity.subscribe, connectivity.getState);
}

import { useSyncExternalStore } from 'react';
import { session } from './browser-session.ts';
import type { SessionState } from './session.ts';

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.getState);
}

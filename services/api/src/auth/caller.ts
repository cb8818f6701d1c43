import type { Permission, RoleName } from '../permissions.ts';

/** The authenticated caller, as the database knows it now (not as the token remembers it). */
export interface Caller {
  userId: string;
  email: string;
  role: RoleName;
  permissions: readonly Permission[];
  sessionId: string;
  /** Makes it a Reader (db.read()): epoch ms of his last write; null = never, or there is no replica to ask. */
  lastWriteAt: number | null;
}

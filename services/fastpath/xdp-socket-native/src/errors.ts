/** What the addon throws when the kernel refuses something. */
export interface XdpError extends Error {
  /** Name of the errno: EBUSY, EPERM, …; EBADF also for everything that is used after close(). */
  readonly code: string;
  /** What was tried: open_socket, attach_program, claim, … */
  readonly operation: string;
}

export const isXdpError = (error: unknown): error is XdpError =>
  error instanceof Error && 'code' in error && 'operation' in error && typeof error.operation === 'string';

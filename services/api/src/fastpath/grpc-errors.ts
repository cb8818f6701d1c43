import { status } from '@grpc/grpc-js';

/** The gRPC status code of an error that a call ended with, or null for any other error. */
export function grpcCode(error: unknown): status | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' && code in status ? code : null;
}

/** One short line for an operator: what a failed call says about its instance. */
export function describeGrpcError(error: unknown): string {
  const code = grpcCode(error);
  if (code === null) return error instanceof Error ? error.message : String(error);
  const { details } = error as { details?: string };
  if (code === status.DEADLINE_EXCEEDED) return 'did not answer in time';
  if (code === status.UNAUTHENTICATED) return `refused the service token (FASTPATH_SECRET): ${details ?? ''}`;
  // grpc-js wraps the reason in an account of its own resolver, which helps nobody here.
  const refused = code === status.UNAVAILABLE && /\bE[A-Z]{3,}\b/.exec(details ?? '');
  if (refused) return `cannot connect (${refused[0]})`;
  return details ? `${status[code]}: ${details}` : String(status[code]);
}

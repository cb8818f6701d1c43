import { type ServiceError, status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { RuleSetError } from '../engine/rule.ts';
import { AppError, ERROR_CODES } from '../errors.ts';

type StatusFields = Pick<ServiceError, 'code' | 'details'>;

/** The one translation from errors to gRPC status. What is not an AppError is a bug: logged, and told as INTERNAL. */
export function toStatus(error: unknown, log: Logger): StatusFields {
  if (error instanceof AppError) {
    const entry: { grpc?: keyof typeof status } = ERROR_CODES[error.code];
    if (entry.grpc !== undefined) return { code: status[entry.grpc], details: error.message };
  }
  if (error instanceof RuleSetError) return { code: status.INVALID_ARGUMENT, details: error.message };
  log.error({ err: error }, 'gRPC call failed unexpectedly');
  return { code: status.INTERNAL, details: 'internal error' };
}

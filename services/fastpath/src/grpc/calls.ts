import type { EventEmitter } from 'node:events';
import type { handleServerStreamingCall, handleUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { toStatus } from './status.ts';

/** A unary handler as a plain function of the request; whatever it throws becomes a status. */
export function unary<Request, Response>(
  log: Logger,
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return function unaryCall(call, callback) {
    run(() => handle(call.request)).then(
      (response) => callback(null, response),
      (error) => callback(toStatus(error, log)),
    );
  };
}

/**
 * A server stream as a function that lives until the stream is over: it returns or throws at its end, and
 * must stop when `signal` aborts (caller cancelled, deadline, connection lost, server shutting down).
 */
export function serverStream<Request, Response>(
  log: Logger,
  closing: AbortSignal,
  handle: (call: ServerWritableStream<Request, Response>, signal: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return function serverStreamCall(call) {
    const over = new AbortController();
    call.once('cancelled', () => over.abort());
    run(() => handle(call, AbortSignal.any([over.signal, closing]))).then(
      // OK would say that the stream is complete.
      () => (closing.aborted ? endWithError(call, shuttingDown(), log) : call.end()),
      (error) => endWithError(call, error, log),
    );
  };
}

/** What a stream ends with that the server has to cut short. */
export function shuttingDown(): AppError {
  return new AppError('shutting_down', 'the server is shutting down');
}

/** Ends a stream with the status of an error. */
export function endWithError(call: EventEmitter, error: unknown, log: Logger): void {
  call.emit('error', toStatus(error, log)); // how grpc-js wants it
}

async function run<Result>(handle: () => Result | Promise<Result>): Promise<Result> {
  return handle();
}

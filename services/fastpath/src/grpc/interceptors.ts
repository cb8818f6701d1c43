import {
  Metadata,
  ResponderBuilder,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { AppError } from '../errors.ts';
import { verifyServiceToken } from './service-token.ts';
import { toStatus } from './status.ts';

// Probes and people with grpcurl have no service token, and neither service reveals or changes anything.
const OPEN_SERVICES = /^\/grpc\.(health|reflection)\./;

type InterceptedCall = Parameters<ServerInterceptor>[1];

/** Refuses the call when `check` throws for its metadata. `onEnd` runs at the end of every call, refused or not. */
function admit(
  call: InterceptedCall,
  log: Logger,
  check: (metadata: Metadata) => void,
  onEnd: () => void = () => {},
): ServerInterceptingCall {
  const listener = new ServerListenerBuilder()
    .withOnReceiveMetadata((metadata, next) => {
      try {
        check(metadata);
      } catch (error) {
        call.sendStatus({ ...toStatus(error, log), metadata: new Metadata() });
        return;
      }
      next(metadata);
    })
    .withOnCancel(onEnd) // not only when cancelled: grpc-js calls it whenever a call is over
    .build();
  return new ServerInterceptingCall(call, new ResponderBuilder().withStart((next) => next(listener)).build());
}

/** Verifies the service token before any message of the call is read. */
export function authenticate(secret: string, log: Logger): ServerInterceptor {
  return function authenticateCall(method, call) {
    if (OPEN_SERVICES.test(method.path)) return new ServerInterceptingCall(call);
    const check = (metadata: Metadata) =>
      verifyServiceToken(metadata.get('authorization').at(0)?.toString(), secret);
    return admit(call, log, check);
  };
}

/**
 * Bounds calls in flight. Streams may take half, so that watchers never keep ApplyRules out; the open services
 * are counted apart, so that nobody without a token can use up the calls of those who have one.
 */
export function limitCalls(maxCalls: number, log: Logger): ServerInterceptor {
  const inFlight = { open: 0, unary: 0, stream: 0 };
  return function limitCall(method, call) {
    const streaming = method.responseStream || method.requestStream;
    const kind = OPEN_SERVICES.test(method.path) ? 'open' : streaming ? 'stream' : 'unary';
    let counted = false;
    const enter = () => {
      const used = kind === 'open' ? inFlight.open : inFlight.unary + inFlight.stream;
      const streamsFull = kind === 'stream' && inFlight.stream >= Math.ceil(maxCalls / 2);
      if (used >= maxCalls || streamsFull) {
        throw new AppError(
          'too_many_calls',
          `more than ${maxCalls} calls in flight (GRPC_MAX_CALLS); try again`,
        );
      }
      inFlight[kind] += 1;
      counted = true;
    };
    const leave = () => {
      if (counted) inFlight[kind] -= 1;
      counted = false;
    };
    return admit(call, log, enter, leave);
  };
}

/** Reports each finished call: method, status name and duration in seconds. */
export function observeCalls(
  observe: (method: string, code: string, seconds: number) => void,
): ServerInterceptor {
  return function observeCall(method, call) {
    const startedAt = performance.now();
    let done = false;
    const finish = (code: status) => {
      if (!done) observe(method.path, status[code], (performance.now() - startedAt) / 1000);
      done = true;
    };
    const listener = new ServerListenerBuilder()
      .withOnCancel(() =>
        finish(Number(call.getDeadline()) <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED),
      )
      .build();
    const responder = new ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((reply, next) => {
        finish(reply.code ?? status.UNKNOWN);
        next(reply);
      });
    return new ServerInterceptingCall(call, responder.build());
  };
}

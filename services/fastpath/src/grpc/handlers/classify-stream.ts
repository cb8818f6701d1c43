import type { handleBidiStreamingCall } from '@grpc/grpc-js';
import type { Context } from '../../context.ts';
import { endWithError, shuttingDown } from '../calls.ts';
import type { ClassifyRequest__Output } from '../gen/fastpath/v1/ClassifyRequest.ts';
import type { ClassifyResponse } from '../gen/fastpath/v1/ClassifyResponse.ts';
import { classifyFlows } from './classify.ts';

/** Classify, one response for each request, in order. Reads no further than the caller reads. */
export function classifyStream(
  context: Context,
  closing: AbortSignal,
): handleBidiStreamingCall<ClassifyRequest__Output, ClassifyResponse> {
  const answer = classifyFlows(context);
  return function classifyStreamCall(call) {
    const over = new AbortController();
    const fail = (error: unknown) => {
      over.abort();
      endWithError(call, error, context.log);
    };
    closing.addEventListener('abort', () => fail(shuttingDown()), { signal: over.signal });
    call.once('cancelled', () => over.abort());
    call.on('end', () => {
      if (!over.signal.aborted) call.end();
      over.abort();
    });
    call.on('data', (request: ClassifyRequest__Output) => {
      if (over.signal.aborted) return;
      try {
        if (call.write(answer(request))) return;
        call.pause();
        call.once('drain', () => call.resume());
      } catch (error) {
        fail(error);
      }
    });
  };
}

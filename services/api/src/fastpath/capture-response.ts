import type { Response } from 'express';
import type { Caller } from '../auth/caller.ts';
import { guardSession } from '../auth/session-guard.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { RouteRequest } from '../http/route.ts';
import { pipeCaptures } from './capture.ts';
import { CAPTURE_FORMATS, type CaptureFormat, type CaptureMediaType } from './capture-formats.ts';
import type { CaptureBody } from './fastpath.schemas.ts';
import { unavailable } from './fastpath.service.ts';
import { grpcCode } from './grpc-errors.ts';

type CaptureRequest = RouteRequest<'fastpath:capture', unknown, unknown, unknown, CaptureBody>;

/** Serves POST /fastpath/captures: who reads traffic is recorded first, then packets flow until a limit is reached. */
export async function serveCapture(
  { body, actor, caller, signal, req, res }: CaptureRequest,
  ctx: Context,
): Promise<void> {
  const mediaType = req.accepts(Object.keys(CAPTURE_FORMATS)) as CaptureMediaType | false;
  if (!mediaType)
    throw new AppError('not_acceptable', `Accept one of ${Object.keys(CAPTURE_FORMATS).join(', ')}`);
  ctx.fastpath.quotas.captures.take((caller as Caller).userId, res);
  const sources = await ctx.fastpath.capture(body);
  const format: CaptureFormat = CAPTURE_FORMATS[mediaType];
  await ctx.audit.event(actor, {
    action: 'fastpath.captured',
    resourceType: 'capture',
    resourceId: null,
    changes: { request: { to: body } },
  });
  const guarded = guardSession(signal, () => ctx.sessions.isLive((caller as Caller).sessionId));
  try {
    const { packets, failed } = await pipeCaptures(
      sources,
      {
        out: res,
        begin: () => beginResponse(res, mediaType, format, body.snap_length),
        encode: format.encode,
      },
      { maxPackets: body.max_packets, signal: guarded },
    );
    for (const { address, error } of failed)
      req.log.warn({ err: error, instance: address }, 'capture is incomplete');
    req.log.info({ packets }, 'capture ended');
    res.end();
  } catch (error) {
    if (res.destroyed) return;
    throw toAppError(
      error,
      sources.map(({ address }) => address),
    );
  }
}

function beginResponse(res: Response, mediaType: string, format: CaptureFormat, snapLength: number): void {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-');
  res.status(200).set({
    'Content-Type': mediaType,
    'Content-Disposition': `attachment; filename="capture-${stamp}.${format.extension}"`,
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  res.flushHeaders();
  const header = format.header(snapLength);
  if (header) res.write(header);
}

function toAppError(error: unknown, addresses: string[]): unknown {
  if (error instanceof AppError) return error;
  if (grpcCode(error) !== null) return unavailable([{ address: addresses.join(', '), error }]);
  // The request signal aborts without a reason of ours when the server drains.
  if (error instanceof DOMException && error.name === 'AbortError') return new AppError('shutting_down');
  return error;
}

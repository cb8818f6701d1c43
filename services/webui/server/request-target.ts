import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { Metrics } from './metrics.ts';
import { type ProblemCode, sendProblem } from './problem.ts';

/**
 * Where a request points. The proxy sends paths on untouched, so a path that could mean one thing here and
 * another at the API is refused instead of repaired.
 */

/** `/api` and everything below it, compared byte by byte. */
export function isApiPath(url: string): boolean {
  return /^\/api(?:[/?]|$)/.test(url);
}

/** Spellings that other software may take for /api: `//api`, `/API`, `/%61pi`, `/api%2fx`. */
export function looksLikeApiPath(url: string): boolean {
  const path = url.split('?', 1)[0]!;
  const decoded = path.replace(/%([0-7][0-9a-f])/gi, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return /^[/\\]+api(?:[/\\;]|$)/i.test(decoded);
}

/** A `.` or `..` segment, also percent-encoded, behind an encoded slash, a backslash or before `;`. */
function hasDotSegment(url: string): boolean {
  const path = url.split('?', 1)[0]!;
  const decoded = path.replaceAll(/%2e/gi, '.').replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\');
  return /[/\\]\.{1,2}(?:[/\\;]|$)/.test(decoded);
}

/**
 * The origin-form of a request target, or undefined when it has none.
 * RFC 9112 §3.2.2: absolute-form must be understood; its authority has to be the one in Host.
 */
function originForm(url: string, host: string): string | undefined {
  if (url.startsWith('/')) return url;
  const absolute = /^https?:\/\/([^/?#]+)(\/?[^#]*)$/i.exec(url);
  if (absolute === null || absolute[1]!.toLowerCase() !== host.toLowerCase()) return undefined;
  const rest = absolute[2]!;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function problemOf(req: IncomingMessage): { code: ProblemCode; detail: string } | undefined {
  if ((req.headersDistinct.host?.length ?? 0) > 1) {
    return { code: 'malformed_request', detail: 'More than one Host header.' };
  }
  const encoding = req.headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    return { code: 'unsupported_protocol', detail: 'Only the chunked transfer coding is supported.' };
  }
  if (req.method === 'TRACE') return { code: 'method_not_allowed', detail: 'TRACE is not supported.' };
  const url = originForm(req.url ?? '', req.headers.host ?? '');
  if (url === undefined) return { code: 'malformed_request', detail: 'The request target is not valid.' };
  if (hasDotSegment(url)) return { code: 'malformed_request', detail: 'Dot segments are not allowed.' };
  req.url = url;
  return undefined;
}

/** Refuses requests whose framing or target could be read in two ways; the connection is closed after it. */
export function guardRequestTarget(metrics: Metrics): RequestHandler {
  return function guardTarget(req, res, next) {
    const problem = problemOf(req);
    if (problem === undefined) return next();
    metrics.refused.inc({ reason: 'target' });
    sendProblem(req, res, problem.code, { detail: problem.detail, close: true });
  };
}

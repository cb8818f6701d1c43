import type { CookieOptions, Request, Response } from 'express';
import { AppError } from '../errors.ts';
import type { Grant } from './auth.service.ts';

/** Browsers keep the refresh token where scripts cannot read it; the header proves that our page sent the request. */
const BROWSER = 'tripod-webui';

/** Over HTTPS the __Host- prefix binds the cookie to this very host (RFC 6265bis); it demands Path=/. */
function cookie(req: Request): { name: string; options: CookieOptions } {
  const base = { httpOnly: true, sameSite: 'strict' as const };
  if (req.secure) return { name: '__Host-tripod_refresh', options: { ...base, secure: true, path: '/' } };
  return { name: 'tripod_refresh', options: { ...base, path: '/api/v1/auth' } };
}

/** The body for a login or refresh; sets the cookie. A browser gets the refresh token in the cookie only. */
export function tokensReply(req: Request, res: Response, grant: Grant) {
  const { name, options } = cookie(req);
  res.cookie(name, grant.refreshToken, { ...options, expires: new Date(grant.refreshExpiresAt) });
  return {
    access_token: grant.accessToken,
    ...(req.get('x-requested-with') !== BROWSER && { refresh_token: grant.refreshToken }),
    token_type: 'Bearer' as const,
    expires_in: grant.expiresInS,
    expires_at: grant.expiresAt,
    user: grant.user,
  };
}

/**
 * The refresh token of the body or of the cookie.
 * @throws AppError csrf_header_missing for a cookie without the header: a foreign page may have sent it.
 */
export function givenRefreshToken(req: Request, inBody: string | undefined): string {
  if (inBody !== undefined) return inBody;
  const inCookie: unknown = req.cookies?.[cookie(req).name];
  if (typeof inCookie !== 'string' || inCookie === '')
    throw new AppError('invalid_refresh_token', 'No refresh token was given');
  if (req.get('x-requested-with') !== BROWSER) throw new AppError('csrf_header_missing');
  return inCookie;
}

export function clearRefreshCookie(req: Request, res: Response): void {
  const { name, options } = cookie(req);
  res.clearCookie(name, options);
}

import { z } from 'zod';
import { Id, Timestamp } from '../schemas.ts';
import { PermissionName, User } from '../users/users.schemas.ts';

/** Not strict: clients of this family send more than we need. */
export const Login = z
  .object({
    email: z.string().max(320).optional(),
    username: z
      .string()
      .max(320)
      .optional()
      .meta({ description: 'The e-mail address, for clients that call it so' }),
    password: z.string().max(1000).meta({ format: 'password' }),
  })
  .refine(({ email, username }) => (email ?? username ?? '') !== '', {
    path: ['email'],
    message: 'Give email or username',
  })
  .meta({ id: 'Login' });

export const Tokens = z
  .object({
    access_token: z.string(),
    refresh_token: z
      .string()
      .optional()
      .meta({ description: 'Not for browsers: they get it as an HttpOnly cookie' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    expires_at: Timestamp,
    user: User,
  })
  .meta({ id: 'Tokens' });

export const Refresh = z
  .strictObject({ refresh_token: z.string().max(200).optional() })
  .meta({ id: 'Refresh' })
  .optional();

export const BrowserHeaders = z.object({
  'x-requested-with': z.string().optional().meta({
    description: 'Browsers send `tripod-webui`: the refresh token then travels in the cookie only',
  }),
});

export const Me = z
  .object({ user: User, permissions: z.array(PermissionName), session_id: Id })
  .meta({ id: 'Me' });

const Session = z
  .object({
    id: Id,
    current: z.boolean(),
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    ip: z.string(),
    user_agent: z.string(),
  })
  .meta({ id: 'Session' });

export const SessionList = z.object({ items: z.array(Session) }).meta({ id: 'SessionList' });

export const SessionParams = z.object({ id: Id });

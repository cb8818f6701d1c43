import { z } from 'zod';
import { MAX_MATCHES } from '../list-totals.ts';
import { listQuery, sortQuery } from '../lists.ts';
import { PERMISSIONS, type Permission, ROLE_NAMES } from '../permissions.ts';
import { Id, listOf, QueryBoolean, Timestamp } from '../schemas.ts';
import { EmailAddress } from './email.ts';

const RoleName = z.enum(ROLE_NAMES).meta({ id: 'RoleName' });

export const PermissionName = z
  .enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]])
  .meta({ id: 'PermissionName' });

export const User = z
  .object({
    id: Id,
    email: z.string().meta({ format: 'email' }),
    full_name: z.string(),
    role: RoleName,
    is_active: z.boolean(),
    must_change_password: z.boolean(),
    created_at: Timestamp,
    updated_at: Timestamp,
    last_login_at: Timestamp.nullable(),
  })
  .meta({ id: 'User' });

export const UserList = listOf('UserList', User);

const FullName = z
  .string()
  .transform((name) => name.normalize('NFC').trim().replace(/\s+/g, ' '))
  .pipe(z.string().min(1).max(200))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .refine((name) => !/[\u0000-\u001f\u007f]/.test(name), 'Control characters are not allowed')
  .meta({ override: { type: 'string', minLength: 1, maxLength: 200 } });

/** Only its type is checked here; what makes a password good is decided by auth/password-rules.ts. */
const NewPassword = z.string().meta({
  description: '8 characters or more, 72 bytes or less, and not a common one',
  format: 'password',
  minLength: 8,
});

const editable = { email: EmailAddress, full_name: FullName, role: RoleName, is_active: z.boolean() };

export const UserCreate = z
  .strictObject({
    ...editable,
    is_active: z.boolean().default(true),
    password: NewPassword,
    must_change_password: z.boolean().default(true).meta({ description: 'Somebody else chose the password' }),
  })
  .meta({ id: 'UserCreate' });

const reset = {
  password: NewPassword.optional().meta({
    description: 'Sets a new password and ends all sessions of the user',
  }),
  must_change_password: z.boolean().optional(),
};

export const UserReplace = z.strictObject({ ...editable, ...reset }).meta({ id: 'UserReplace' });
export const UserPatch = z
  .strictObject({ ...editable, ...reset })
  .partial()
  .meta({ id: 'UserPatch' });

export const ProfileUpdate = z.strictObject({ full_name: FullName }).meta({ id: 'ProfileUpdate' });

export const PasswordChange = z
  .strictObject({ current_password: z.string().max(1000), new_password: NewPassword })
  .meta({ id: 'PasswordChange' });

export const UserParams = z.object({ id: Id });

const SORTS = ['created_at', 'email', 'full_name'] as const;

const filters = {
  q: z
    .string()
    .trim()
    .max(200)
    .optional()
    .meta({
      description:
        'Start of the e-mail address or of any word of the name. When more than ' +
        `${MAX_MATCHES} match, they come in the order of what matched and not by \`sort\``,
    }),
  role: RoleName.optional(),
  is_active: QueryBoolean.optional(),
};

export const UserQuery = listQuery(SORTS, '-created_at', filters);
/** The same list as a whole. */
export const UserExportQuery = z.strictObject({ sort: sortQuery(SORTS, '-created_at'), ...filters });

const Role = z
  .object({ name: RoleName, description: z.string(), permissions: z.array(PermissionName) })
  .meta({ id: 'Role' });

export const RoleList = z.object({ items: z.array(Role) }).meta({ id: 'RoleList' });

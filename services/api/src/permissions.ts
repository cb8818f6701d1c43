/** The one permission map. Routes declare a permission; GET /auth/me tells the UI what the caller may do. */
export const PERMISSIONS = {
  'users:read': 'See users and roles',
  'users:write': 'Create, change and delete users',
  'audit:read': 'See the audit log',
  'rules:read': 'See rules',
  'rules:write': 'Create, change and delete rules',
  'fastpath:read': 'See status, statistics and flows of the fast path',
  'fastpath:capture': 'Capture packets',
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const ROLE_NAMES = ['admin', 'maintainer', 'viewer'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export interface Role {
  description: string;
  permissions: readonly Permission[];
}

export const ROLES: Readonly<Record<RoleName, Role>> = {
  admin: {
    description: 'Everything, users and audit log included',
    permissions: Object.keys(PERMISSIONS) as Permission[],
  },
  maintainer: {
    description: 'Reads and writes everything but users',
    permissions: ['rules:read', 'rules:write', 'fastpath:read', 'fastpath:capture'],
  },
  viewer: { description: 'Reads', permissions: ['rules:read', 'fastpath:read'] },
};

/** What a route asks of its caller: nothing, a live session, or a permission of the caller's role. */
export type Access = 'public' | 'authenticated' | Permission;

import { Activity, type LucideIcon, ShieldCheck, Users } from 'lucide-react';
import type { Permission } from '../../api/me.ts';

export interface NavItem {
  label: string;
  to: string;
  icon: LucideIcon;
  permission: Permission;
}

export interface NavCategory {
  title: string;
  /** Tinted, and last. */
  admin?: true;
  items: NavItem[];
}

export const NAVIGATION: NavCategory[] = [
  {
    title: 'Monitoring',
    items: [{ label: 'Overview', to: '/overview', icon: Activity, permission: 'fastpath:read' }],
  },
  {
    title: 'Protection',
    items: [{ label: 'Rules', to: '/rules', icon: ShieldCheck, permission: 'rules:read' }],
  },
  {
    title: 'Administration',
    admin: true,
    items: [{ label: 'Users', to: '/users', icon: Users, permission: 'users:read' }],
  },
];

/** What these permissions allow to see; a category without items vanishes. */
export function visibleNavigation(
  categories: NavCategory[],
  permissions: readonly Permission[],
): NavCategory[] {
  return categories
    .map((category) => ({
      ...category,
      items: category.items.filter((item) => permissions.includes(item.permission)),
    }))
    .filter((category) => category.items.length > 0);
}

/** True for the path itself and what lies below it: /users and /users/7 belong to /users, /users-x does not. */
export function isWithin(pathname: string, to: string): boolean {
  return pathname === to || pathname.startsWith(`${to}/`);
}

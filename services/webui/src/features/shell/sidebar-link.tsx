import type { LucideIcon } from 'lucide-react';
import { Tooltip } from 'radix-ui';
import type { ReactElement } from 'react';
import { Link, useLocation } from 'react-router';
import { cn } from '../../lib/cn.ts';
import { isWithin } from './navigation.ts';

const ROW = 'flex min-h-11 w-full items-center gap-3 rounded-lg px-3 text-sm font-medium transition-colors';

const TONES = {
  plain: 'text-gold-light hover:bg-line/60 hover:text-gold',
  admin: 'bg-admin-tint/20 text-admin hover:bg-admin-tint/30',
};

interface SidebarLinkProps {
  label: string;
  to: string;
  icon: LucideIcon;
  tone?: keyof typeof TONES;
  rail: boolean;
  onNavigate: (() => void) | undefined;
}

export function SidebarLink({ label, to, icon: Icon, tone = 'plain', rail, onNavigate }: SidebarLinkProps) {
  const { pathname } = useLocation();
  const active = isWithin(pathname, to);
  return (
    <RailTooltip label={label} rail={rail}>
      <Link
        to={to}
        onClick={onNavigate}
        aria-label={rail ? label : undefined}
        aria-current={active ? (pathname === to ? 'page' : 'true') : undefined}
        className={cn(ROW, rail && 'justify-center', active ? 'bg-primary-700 text-white' : TONES[tone])}
      >
        <Icon className="size-5 shrink-0" aria-hidden="true" />
        {!rail && <span className="truncate">{label}</span>}
      </Link>
    </RailTooltip>
  );
}

interface SidebarButtonProps {
  label: string;
  icon: LucideIcon;
  rail: boolean;
  onClick(): void;
}

export function SidebarButton({ label, icon: Icon, rail, onClick }: SidebarButtonProps) {
  return (
    <RailTooltip label={label} rail={rail}>
      <button
        type="button"
        onClick={onClick}
        aria-label={rail ? label : undefined}
        className={cn(ROW, rail && 'justify-center', TONES.plain)}
      >
        <Icon className="size-5 shrink-0" aria-hidden="true" />
        {!rail && <span className="truncate">{label}</span>}
      </button>
    </RailTooltip>
  );
}

/** In the icon rail the name of an item appears beside it. */
function RailTooltip({ label, rail, children }: { label: string; rail: boolean; children: ReactElement }) {
  if (!rail) return children;
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Content
        side="right"
        sideOffset={12}
        className="z-50 rounded-md border border-line bg-page px-3 py-1.5 text-sm font-medium text-gold shadow-xl"
      >
        {label}
      </Tooltip.Content>
    </Tooltip.Root>
  );
}

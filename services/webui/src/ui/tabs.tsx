import { type KeyboardEvent, useId, useRef } from 'react';
import { Outlet, useLocation, useNavigate } from 'react-router';
import { cn } from '../lib/cn.ts';

interface Tab {
  label: string;
  /** Absolute path: each tab has a URL of its own. */
  to: string;
}

const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

/** Tabs over child routes (WAI-ARIA tabs pattern, activation follows focus). Links, so a tab opens in a new window. */
export function RouteTabs({ label, tabs }: { label: string; tabs: Tab[] }) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const id = useId();
  const links = useRef<(HTMLAnchorElement | null)[]>([]);
  const active = tabs.findIndex((tab) => tab.to === pathname.replace(/\/$/, ''));

  function onKeyDown(event: KeyboardEvent, index: number) {
    const next = STEPS[event.key]?.(index, tabs.length);
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || !tab) return;
    event.preventDefault();
    links.current[next]?.focus();
    navigate(tab.to);
  }

  return (
    <>
      <div
        role="tablist"
        aria-label={label}
        className="mb-6 flex gap-4 overflow-x-auto overflow-y-hidden border-b-2 border-line [scrollbar-width:none]"
      >
        {tabs.map((tab, index) => (
          <a
            key={tab.to}
            ref={(link) => {
              links.current[index] = link;
            }}
            role="tab"
            id={`${id}-tab-${index}`}
            href={tab.to}
            aria-selected={index === active}
            aria-controls={index === active ? `${id}-panel` : undefined}
            tabIndex={index === active ? 0 : -1}
            onKeyDown={(event) => onKeyDown(event, index)}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
              event.preventDefault();
              navigate(tab.to);
            }}
            className={cn(
              'relative px-6 py-3 whitespace-nowrap transition-colors focus-visible:-outline-offset-2',
              index === active
                ? 'font-semibold text-primary-400 after:absolute after:inset-x-0 after:bottom-0 after:h-[3px] after:bg-primary-400'
                : 'text-gold-light hover:text-primary-400',
            )}
          >
            {tab.label}
          </a>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${active}`}>
        <Outlet />
      </div>
    </>
  );
}

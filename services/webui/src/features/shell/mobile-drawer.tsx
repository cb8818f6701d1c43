import { X } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { IconButton } from '../../ui/icon-button.tsx';
import { Brand } from './sidebar.tsx';
import { SidebarContent } from './sidebar-content.tsx';
import type { Sidebar } from './use-sidebar-state.ts';

/** The sidebar of small screens, open as long as it is mounted. As a modal dialog it traps focus and locks the page. */
export function MobileDrawer({ sidebar, onClose }: { sidebar: Sidebar; onClose(): void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);

  // The drawer is for small screens: on a wide one the page would stay inert behind nothing.
  useEffect(() => {
    const wide = window.matchMedia('(min-width: 64rem)');
    const onChange = () => wide.matches && onClose();
    wide.addEventListener('change', onChange);
    return () => wide.removeEventListener('change', onChange);
  }, [onClose]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop only; the keyboard has Escape and Close
    <dialog
      ref={ref}
      aria-label="Navigation"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="m-0 h-dvh max-h-none w-72 max-w-[85vw] animate-slide border-r border-line bg-surface text-gold-light"
    >
      <SidebarContent
        sidebar={sidebar}
        rail={false}
        onNavigate={onClose}
        header={
          <div className="flex w-full items-center justify-between pr-2.5 pl-4">
            <Brand />
            <IconButton icon={X} label="Close navigation" onClick={onClose} />
          </div>
        }
      />
    </dialog>
  );
}

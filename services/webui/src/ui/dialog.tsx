import { X } from 'lucide-react';
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { cn } from '../lib/cn.ts';
import { IconButton } from './icon-button.tsx';

interface DialogProps {
  title: string;
  description?: string;
  wide?: boolean;
  onClose(): void;
  children: ReactNode;
}

/**
 * A modal dialog, open as long as it is mounted. The platform's own element traps focus, makes the page behind it
 * inert, answers Escape and gives focus back.
 */
export function Dialog({ title, description, wide = false, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      className={cn(
        'm-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] animate-rise overflow-y-auto rounded-xl border border-line bg-surface text-gold-light shadow-2xl',
        wide ? 'max-w-2xl' : 'max-w-md',
      )}
    >
      <header className="sticky top-0 z-10 flex items-start justify-between gap-4 border-b border-line bg-surface py-3 pr-3 pl-6">
        <div className="py-2">
          <h2 id={`${id}-title`} className="text-base font-semibold">
            {title}
          </h2>
          {description && (
            <p id={`${id}-description`} className="mt-1 text-sm">
              {description}
            </p>
          )}
        </div>
        <IconButton icon={X} label="Close" onClick={onClose} />
      </header>
      {children}
    </dialog>
  );
}

/** The row of buttons that closes a dialog's content; the main action comes last. */
export function DialogActions({ children }: { children: ReactNode }) {
  return (
    <div className="sticky bottom-0 flex flex-wrap justify-end gap-3 border-t border-line bg-surface px-6 py-4">
      {children}
    </div>
  );
}

import { CircleCheck, CircleX, X } from 'lucide-react';
import { useEffect, useSyncExternalStore } from 'react';
import { IconButton } from './icon-button.tsx';

interface Toast {
  id: number;
  tone: 'ok' | 'danger';
  message: string;
}

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function become(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Says the outcome of an action whose place on the page is gone or elsewhere. */
export function showToast(tone: Toast['tone'], message: string): void {
  become([...toasts.slice(-2), { id: nextId, tone, message }]);
  nextId += 1;
}

function dismiss(id: number): void {
  become(toasts.filter((toast) => toast.id !== id));
}

export function Toaster() {
  const current = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-4 bottom-4 z-50 flex flex-col items-end gap-2"
    >
      {current.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </div>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  useEffect(() => {
    const timer = setTimeout(() => dismiss(toast.id), toast.tone === 'ok' ? 4000 : 10_000);
    return () => clearTimeout(timer);
  }, [toast]);
  const Icon = toast.tone === 'ok' ? CircleCheck : CircleX;
  return (
    <div className="pointer-events-auto flex max-w-md animate-rise items-center gap-3 rounded-lg border border-line bg-surface py-1 pr-1 pl-4 shadow-2xl">
      <Icon
        className={toast.tone === 'ok' ? 'size-4 shrink-0 text-ok' : 'size-4 shrink-0 text-danger'}
        aria-hidden="true"
      />
      <p className="min-w-0 wrap-break-word">{toast.message}</p>
      <IconButton icon={X} label="Dismiss" onClick={() => dismiss(toast.id)} />
    </div>
  );
}

import type { ReactNode } from 'react';
import { Alert } from './alert.tsx';
import { Button } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';

interface ConfirmDialogProps {
  title: string;
  /** The verb on the button: what will happen. */
  action: string;
  tone?: 'danger' | 'primary';
  busy: boolean;
  error?: string | undefined;
  onConfirm(): void;
  onClose(): void;
  children: ReactNode;
}

export function ConfirmDialog({
  title,
  action,
  tone = 'danger',
  busy,
  error,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="flex flex-col gap-4 px-6 py-5">
        {error && <Alert tone="danger">{error}</Alert>}
        <div>{children}</div>
      </div>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant={tone} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { fetchFile, saveFile } from '../../api/download.ts';
import { describeError } from '../../api/problem.ts';
import type { ListState } from '../../lib/list-state.ts';
import { Button } from '../../ui/button.tsx';
import { showToast } from '../../ui/toast.tsx';
import { exportPath } from './users-api.ts';

/** Saves all users that the list finds, not only the page that it shows. */
export function ExportButton({ list }: { list: ListState }) {
  const save = useMutation({
    mutationFn: () => fetchFile(exportPath(list)),
    onSuccess: ({ name, content }) => saveFile(name, content),
    onError: (error) => showToast('danger', `The export failed: ${describeError(error)}`),
  });
  return (
    <Button busy={save.isPending} onClick={() => save.mutate()}>
      <Download className="size-4" aria-hidden="true" />
      Export
    </Button>
  );
}

import type { ReactNode } from 'react';

interface PageProps {
  title: string;
  /** The part of the page that is shown, for the title of the window. */
  part?: string | undefined;
  description?: string;
  /** The page's own actions, right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, part, description, actions, children }: PageProps) {
  return (
    <>
      <title>{`${part ? `${part} · ` : ''}${title} · Tripod`}</title>
      <div className="mb-6 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          {description && <p className="mt-1 text-sm text-gold-light">{description}</p>}
        </div>
        {actions}
      </div>
      {children}
    </>
  );
}

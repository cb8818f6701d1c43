import { Link } from 'react-router';
import { Page } from '../ui/page.tsx';

export function NotFound() {
  return (
    <Page title="Page not found" description="There is nothing at this address.">
      <Link
        to="/"
        className="inline-flex min-h-11 items-center text-primary-400 underline underline-offset-4"
      >
        Back to the overview
      </Link>
    </Page>
  );
}

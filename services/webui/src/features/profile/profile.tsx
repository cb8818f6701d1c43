import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../../api/me.ts';
import { Page } from '../../ui/page.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { PasswordForm } from './password-form.tsx';
import { PersonalForm } from './personal-form.tsx';
import { SessionList } from './session-list.tsx';

export function Profile() {
  const me = useQuery(meQuery);
  return (
    <Page title="Profile" description="Your account, your password and where you are signed in.">
      <QueryState query={me} skeleton={<SkeletonRows rows={6} />}>
        {({ user }) => (
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <PersonalForm user={user} />
            <PasswordForm email={user.email} />
            <div className="min-w-0 lg:col-span-2">
              <SessionList />
            </div>
          </div>
        )}
      </QueryState>
    </Page>
  );
}

import { useLocation } from 'react-router';
import { Page } from '../ui/page.tsx';
import { RouteTabs } from '../ui/tabs.tsx';

const TABS = [
  { label: 'Summary', to: '/overview' },
  { label: 'Flows', to: '/overview/flows' },
  { label: 'Instances', to: '/overview/instances' },
];

export function Component() {
  const { pathname } = useLocation();
  const tab = TABS.find(({ to }) => to === pathname);
  return (
    <Page title="Overview" part={tab?.label} description="What the fast path sees and does at this moment.">
      <RouteTabs label="Overview" tabs={TABS} />
    </Page>
  );
}

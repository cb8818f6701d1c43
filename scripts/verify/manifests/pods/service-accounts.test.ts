import { test } from 'vitest';
import { type Defect, expectFound, overlay, podOf } from '../testing/planted.ts';
import { checkServiceAccounts } from './service-accounts.ts';

const alpha = await overlay('alpha');
const token = { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } };

test.each<[string, string, Defect]>([
  [
    'Deployment api: there is no ServiceAccount default',
    'Deployment api',
    (object) => delete podOf(object).serviceAccountName,
  ],
  [
    'ServiceAccount api: nobody has it',
    'Deployment api',
    (object) => delete podOf(object).serviceAccountName,
  ],
  [
    'Deployment api: it gets a token',
    'Deployment api',
    (object) => delete podOf(object).automountServiceAccountToken,
  ],
  ['Deployment api: it gets a token', 'Deployment api', (object) => podOf(object).volumes.push(token)],
  [
    'Job api-migrate: it gets variables of Services',
    'Job api-migrate',
    (object) => delete podOf(object).enableServiceLinks,
  ],
  [
    'ServiceAccount api: its pods get a token',
    'ServiceAccount api',
    (object) => delete object.automountServiceAccountToken,
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkServiceAccounts, alpha, title, defect, problem);
});

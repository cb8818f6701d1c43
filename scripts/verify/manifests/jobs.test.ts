import { expect, test } from 'vitest';
import { checkJobs } from './jobs.ts';
import { containerOf, type Defect, expectFound, overlay, podOf } from './testing/planted.ts';

const alpha = await overlay('alpha');

test.each<[string, string, Defect]>([
  ['it stays when it has ended', 'Job api-migrate', ({ spec }) => delete spec.ttlSecondsAfterFinished],
  [
    'it gives up at the first failure',
    'Job api-migrate',
    ({ spec }) => Object.assign(spec, { backoffLimit: 0 }),
  ],
  ['it may wait for ever', 'Job api-migrate', ({ spec }) => delete spec.activeDeadlineSeconds],
  [
    'its failed pods do not stay',
    'Job api-migrate',
    (object) => Object.assign(podOf(object), { restartPolicy: 'OnFailure' }),
  ],
  ['it does not run src/migrate.ts', 'Job api-migrate', (object) => delete containerOf(object).command],
  [
    'annotation kustomize.toolkit.fluxcd.io/force',
    'Job api-migrate',
    ({ metadata }) => delete metadata.annotations!['kustomize.toolkit.fluxcd.io/force'],
  ],
  ['there are 0 Jobs and not 1', 'Job api-migrate', (object) => Object.assign(object, { kind: 'Pod' })],
  [
    'Deployment api: it migrates',
    'Deployment api',
    (object) =>
      Object.assign(podOf(object), { initContainers: [{ name: 'm', command: ['node', 'src/migrate.ts'] }] }),
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkJobs, alpha, title, defect, problem);
});

test('a chart without the API has no Job', () => {
  expect(checkJobs({ ...alpha, bases: new Set(['webui']) })).toEqual(['there are 1 Jobs and not 0']);
});

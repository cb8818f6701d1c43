import { test } from 'vitest';
import { checkLabels } from './labels.ts';
import { type Defect, expectFound, overlay } from './testing/planted.ts';

const beta = await overlay('beta');

test.each<[string, string, Defect]>([
  ['Service api: label name "" is none of ours', 'Service api', ({ metadata }) => delete metadata.labels],
  [
    'Service api: label name "backend" is none of ours',
    'Service api',
    ({ metadata }) => Object.assign(metadata.labels!, { 'app.kubernetes.io/name': 'backend' }),
  ],
  [
    'Service api: label instance is not "tripod"',
    'Service api',
    ({ metadata }) => delete metadata.labels!['app.kubernetes.io/instance'],
  ],
  [
    'Service redis: label component is "api" and not "cache"',
    'Service redis',
    ({ metadata }) => Object.assign(metadata.labels!, { 'app.kubernetes.io/component': 'api' }),
  ],
  [
    'NetworkPolicy default-deny: label part-of is not "tripod"',
    'NetworkPolicy default-deny',
    ({ metadata }) => delete metadata.labels!['app.kubernetes.io/part-of'],
  ],
  [
    'Deployment api: its pods: label part-of is not "tripod"',
    'Deployment api',
    ({ spec }) => delete spec.template.metadata.labels['app.kubernetes.io/part-of'],
  ],
])('%s', (problem, title, defect) => {
  expectFound(checkLabels, beta, title, defect, problem);
});

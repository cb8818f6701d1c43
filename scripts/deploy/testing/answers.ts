import type { Answer } from './stand-in.ts';

export const CONTEXTS: Answer = ['kubectl config get-contexts*', 'kind-test\nprod'];
export const KIND_NODES: Answer = [
  '*get nodes*',
  {
    items: [
      {
        metadata: { name: 'test-control-plane' },
        spec: { providerID: 'kind://docker/test/test-control-plane' },
      },
    ],
  },
];
export const CLOUD_NODES: Answer = [
  '*get nodes*',
  { items: [{ metadata: { name: 'gke-1' }, spec: { providerID: 'gce://project/zone/gke-1' } }] },
];
export const NO_JOB: Answer = ['*get job *', ''];
export const JOB_COMPLETE: Answer = job('Complete');
export const JOB_FAILED: Answer = job('Failed', 'Job has reached the specified backoff limit');
export const JOB_AT_WORK: Answer = ['*get job *', { status: { ready: 1 } }];
export const NO_PODS: Answer = ['*get pods*--output=json', { items: [] }];

function job(type: string, message?: string): Answer {
  return ['*get job *', { status: { conditions: [{ type, status: 'True', message }] } }];
}

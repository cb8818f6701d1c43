import { nameOf } from '../../../kubernetes/object.ts';
import { ofKind, type Rendering } from '../rendering.ts';
import { eachWorkload } from '../workloads.ts';

/** Each workload has an account of its own, and no pod gets a token, or variables that name all Services around it. */
export function checkServiceAccounts(rendering: Rendering): string[] {
  const accounts = ofKind(rendering, 'ServiceAccount');
  const used = new Set<string>();
  const pods = eachWorkload(rendering, ({ pod }) => {
    const name = pod.serviceAccountName ?? 'default';
    used.add(name);
    const token = (pod.volumes ?? []).some(({ projected }) =>
      projected?.sources.some((each) => each.serviceAccountToken),
    );
    return [
      ...(accounts.some(({ metadata }) => metadata.name === name)
        ? []
        : [`there is no ServiceAccount ${name}`]),
      ...(pod.automountServiceAccountToken === false && !token ? [] : ['it gets a token']),
      ...(pod.enableServiceLinks === false ? [] : ['it gets variables of Services']),
    ];
  });
  return [
    ...pods,
    ...accounts
      .filter((account) => account.automountServiceAccountToken !== false)
      .map((account) => `${nameOf(account)}: its pods get a token`),
    ...accounts
      .filter(({ metadata }) => !used.has(metadata.name))
      .map((account) => `${nameOf(account)}: nobody has it`),
  ];
}

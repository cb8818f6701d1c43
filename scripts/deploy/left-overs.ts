import { product } from '../images/provenance.ts';
import type { Cluster } from './cluster.ts';
import { type Manifest, rolloutsOf } from './manifest.ts';

/** What of the product runs in the namespace and is not in the manifest: left by another overlay. `apply` deletes nothing. */
export async function leftOversOf(cluster: Cluster, manifest: Manifest): Promise<string[]> {
  const which = ['--selector', `app.kubernetes.io/part-of=${product().name}`, '--output=name'];
  const names = await cluster.within(manifest.namespace).ask(['get', 'statefulsets,deployments', ...which]);
  const wanted = rolloutsOf(manifest);
  const found = names.split('\n').map((name) => name.replace('.apps/', '/'));
  return found.filter((name) => name !== '' && !wanted.includes(name));
}

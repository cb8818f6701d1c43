/**
 * The CPU of each worker: one of the NIC's node, as far as this process may use them, and a different one for each as
 * long as there are enough. The last CPUs come first, because the control thread and much else tends to run on the
 * first ones.
 * @param ofNode CPUs of the NIC's node; empty = unknown
 * @param allowed CPUs that this process may run on
 */
export function chooseCpus(workers: number, ofNode: readonly number[], allowed: readonly number[]): number[] {
  const near = ofNode.filter((cpu) => allowed.includes(cpu));
  const cpus = (near.length > 0 ? near : allowed).toSorted((a, b) => b - a);
  return Array.from({ length: workers }, (_, index) => cpus[index % cpus.length]);
}

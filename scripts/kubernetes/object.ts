/** An object of Kubernetes as a manifest has it: its kind, its name, and fields that nobody has checked yet. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each kind has fields of its own; the checks of schemas look at all.
  [field: string]: any;
}

/** For messages: "Deployment api". */
export function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.name}`;
}

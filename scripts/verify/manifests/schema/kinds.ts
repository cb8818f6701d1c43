// The kinds that manifests may have. One that is missing here is a mistake, or is added together with a look at it.

interface Kind {
  /** Its type in the schema; kinds of others have a shape instead: custom-kinds.ts. */
  type?: string;
  clusterWide?: true;
}

const KINDS: Record<string, Kind> = {
  'v1 ConfigMap': { type: 'V1ConfigMap' },
  'v1 Namespace': { type: 'V1Namespace', clusterWide: true },
  'v1 Pod': { type: 'V1Pod' },
  'v1 Secret': { type: 'V1Secret' },
  'v1 Service': { type: 'V1Service' },
  'v1 ServiceAccount': { type: 'V1ServiceAccount' },
  'apps/v1 Deployment': { type: 'V1Deployment' },
  'apps/v1 StatefulSet': { type: 'V1StatefulSet' },
  'autoscaling/v2 HorizontalPodAutoscaler': { type: 'V2HorizontalPodAutoscaler' },
  'batch/v1 Job': { type: 'V1Job' },
  'networking.k8s.io/v1 Ingress': { type: 'V1Ingress' },
  'networking.k8s.io/v1 NetworkPolicy': { type: 'V1NetworkPolicy' },
  'policy/v1 PodDisruptionBudget': { type: 'V1PodDisruptionBudget' },
  'gateway.networking.k8s.io/v1 HTTPRoute': {},
  'k8s.cni.cncf.io/v1 NetworkAttachmentDefinition': {},
  'monitoring.coreos.com/v1 PrometheusRule': {},
  'monitoring.coreos.com/v1 ServiceMonitor': {},
};

export function kindOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Kind | undefined {
  return KINDS[`${apiVersion} ${kind}`];
}

// What the types of the schema leave open: fields that are strings there, of which few values are allowed.

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];
const SELECTOR_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

const VALUES: Record<string, readonly string[]> = {
  'V1AppArmorProfile.type': ['RuntimeDefault', 'Localhost', 'Unconfined'],
  'V1Container.imagePullPolicy': ['Always', 'IfNotPresent', 'Never'],
  'V1Container.terminationMessagePolicy': ['File', 'FallbackToLogsOnError'],
  'V1ContainerPort.protocol': PROTOCOLS,
  'V1DeploymentStrategy.type': ['RollingUpdate', 'Recreate'],
  'V1EmptyDirVolumeSource.medium': ['Memory', 'HugePages', 'HugePages-2Mi', 'HugePages-1Gi'],
  'V1HTTPGetAction.scheme': ['HTTP', 'HTTPS'],
  'V1HTTPIngressPath.pathType': ['Exact', 'Prefix', 'ImplementationSpecific'],
  'V1LabelSelectorRequirement.operator': SELECTOR_OPERATORS,
  'V1NetworkPolicyPort.protocol': PROTOCOLS,
  'V1NetworkPolicySpec.policyTypes': ['Ingress', 'Egress'],
  'V1NodeSelectorRequirement.operator': [...SELECTOR_OPERATORS, 'Gt', 'Lt'],
  'V1PersistentVolumeClaimSpec.accessModes': [
    'ReadWriteOnce',
    'ReadOnlyMany',
    'ReadWriteMany',
    'ReadWriteOncePod',
  ],
  'V1PersistentVolumeClaimSpec.volumeMode': ['Filesystem', 'Block'],
  'V1PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy': ['IfHealthyBudget', 'AlwaysAllow'],
  'V1PodSecurityContext.fsGroupChangePolicy': ['OnRootMismatch', 'Always'],
  'V1PodSpec.dnsPolicy': ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  'V1PodSpec.restartPolicy': ['Always', 'OnFailure', 'Never'],
  'V1SeccompProfile.type': ['RuntimeDefault', 'Localhost', 'Unconfined'],
  'V1SecurityContext.procMount': ['Default', 'Unmasked'],
  'V1ServicePort.protocol': PROTOCOLS,
  'V1ServiceSpec.externalTrafficPolicy': ['Cluster', 'Local'],
  'V1ServiceSpec.internalTrafficPolicy': ['Cluster', 'Local'],
  'V1ServiceSpec.ipFamilies': ['IPv4', 'IPv6'],
  'V1ServiceSpec.ipFamilyPolicy': ['SingleStack', 'PreferDualStack', 'RequireDualStack'],
  'V1ServiceSpec.sessionAffinity': ['None', 'ClientIP'],
  'V1ServiceSpec.type': ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
  'V1StatefulSetSpec.podManagementPolicy': ['OrderedReady', 'Parallel'],
  'V1StatefulSetUpdateStrategy.type': ['RollingUpdate', 'OnDelete'],
  'V1Toleration.effect': ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  'V1Toleration.operator': ['Exists', 'Equal'],
  'V1TopologySpreadConstraint.nodeAffinityPolicy': ['Honor', 'Ignore'],
  'V1TopologySpreadConstraint.nodeTaintsPolicy': ['Honor', 'Ignore'],
  'V1TopologySpreadConstraint.whenUnsatisfiable': ['DoNotSchedule', 'ScheduleAnyway'],
  'V2HPAScalingPolicy.type': ['Pods', 'Percent'],
  'V2HPAScalingRules.selectPolicy': ['Max', 'Min', 'Disabled'],
  'V2MetricSpec.type': ['Resource', 'ContainerResource', 'Pods', 'Object', 'External'],
  'V2MetricTarget.type': ['Utilization', 'Value', 'AverageValue'],
};

const QUANTITIES = new Set([
  'V1EmptyDirVolumeSource.sizeLimit',
  'V1ResourceFieldSelector.divisor',
  'V1ResourceQuotaSpec.hard',
  'V1ResourceRequirements.limits',
  'V1ResourceRequirements.requests',
  'V1VolumeResourceRequirements.limits',
  'V1VolumeResourceRequirements.requests',
  'V2MetricTarget.averageValue',
  'V2MetricTarget.value',
]);
const QUANTITY = /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|e-?\d+)?$/;
/** Linux knows them as CAP_…; Kubernetes without that, and passes on what it does not know. */
const CAPABILITY = /^(?!CAP_)[A-Z][A-Z_]+$/;

/** What is wrong with a string (each, in a list or map) of a field, "V1Container.imagePullPolicy". */
export function formatProblem(field: string, value: string): string | undefined {
  const allowed = VALUES[field];
  if (allowed && !allowed.includes(value)) return `"${value}" is none of ${allowed.join(', ')}`;
  if (QUANTITIES.has(field) && !QUANTITY.test(value)) return `"${value}" is no quantity`;
  if (field.startsWith('V1Capabilities.') && !CAPABILITY.test(value)) return `"${value}" is no capability`;
  return undefined;
}

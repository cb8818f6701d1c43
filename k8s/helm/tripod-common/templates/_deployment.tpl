{{- define "tripod-common.deployment" -}}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
{{- include "tripod-common.check" (list . $facts) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "tripod-common.metadata" (list . .Chart.Name .Chart.Name $facts.component) | nindent 2 }}
spec:
  {{- /* Without a number neither an autoscaler nor `kubectl scale` is undone by the next upgrade. */}}
  {{- if and (not .Values.autoscaling.enabled) (not (kindIs "invalid" .Values.replicaCount)) }}
  replicas: {{ .Values.replicaCount | int }}
  {{- end }}
  revisionHistoryLimit: 3
  {{- with $facts.progressDeadlineSeconds }}
  progressDeadlineSeconds: {{ . }}
  {{- end }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      {{- toYaml ($facts.rollingUpdate | default .Values.rollingUpdate) | nindent 6 }}
  selector:
    matchLabels:
      {{- include "tripod-common.selector" (list . .Chart.Name) | nindent 6 }}
  template:
    metadata:
      labels:
        {{- $labels := include "tripod-common.pod-labels" (list . .Chart.Name $facts.component) | fromYaml }}
        {{- toYaml (mergeOverwrite (deepCopy .Values.podLabels) $labels) | nindent 8 }}
      annotations:
        {{- /* The names of ConfigMaps do not change with what is in them, so this restarts the pods. */}}
        {{- $checksum := dict "checksum/config" (include "tripod-common.config-data" (list . $facts) | sha256sum) }}
        {{- toYaml (mergeOverwrite (deepCopy .Values.podAnnotations) ($facts.podAnnotations | default dict) $checksum) | nindent 8 }}
    spec:
      {{- /* What the service needs of its pod comes on top of what the values say. */}}
      {{- $pod := include "tripod-common.pod" (list . $facts) | fromYaml }}
      {{- if hasKey $pod "Error" }}{{ fail $pod.Error }}{{ end }}
      {{- toYaml (mergeOverwrite $pod ($facts.pod | default dict)) | nindent 6 }}
{{- end }}

{{- define "tripod-common.pod" -}}
{{- $root := index . 0 -}}
{{- $facts := index . 1 -}}
serviceAccountName: {{ include "tripod-common.service-account-name" $root }}
{{ include "tripod-common.pod-basics" $root }}
terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds | int }}
{{- with $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- $usual := include "tripod-common.pod-security-context" $facts.user | fromYaml }}
  {{- toYaml (mergeOverwrite $usual ($facts.podSecurityContext | default dict)) | nindent 2 }}
{{- include "tripod-common.spread" $root }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - {{ include "tripod-common.container" . | indent 4 | trim }}
volumes:
  {{- include "tripod-common.tmp-volume" $root | nindent 2 }}
  {{- with $facts.volumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with $root.Values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

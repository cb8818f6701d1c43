{{/* The objects beside the Deployment: each is one template, called from a file of the chart with its root. */}}

{{- define "tripod-common.service-account" -}}
{{- if .Values.serviceAccount.create }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tripod-common.metadata" (list . (include "tripod-common.service-account-name" .) .Chart.Name $facts.component) | nindent 2 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end }}

{{- define "tripod-common.config-maps" -}}
{{- $root := . -}}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
{{- range $name, $data := include "tripod-common.config-data" (list . $facts) | fromYaml }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "tripod-common.metadata" (list $root $name $root.Chart.Name $facts.component) | nindent 2 }}
data:
  {{- toYaml $data | nindent 2 }}
{{- end }}
{{- end }}

{{- define "tripod-common.services" -}}
{{- $root := . -}}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
{{- range $name, $service := $facts.services }}
---
apiVersion: v1
kind: Service
metadata:
  {{- include "tripod-common.metadata" (list $root $name $root.Chart.Name $facts.component) | nindent 2 }}
spec:
  {{- if $service.headless }}
  clusterIP: None
  {{- end }}
  selector:
    {{- include "tripod-common.selector" (list $root $root.Chart.Name) | nindent 4 }}
  ports:
    {{- toYaml $service.ports | nindent 4 }}
{{- end }}
{{- end }}

{{- define "tripod-common.pod-disruption-budget" -}}
{{- if .Values.podDisruptionBudget.enabled }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tripod-common.metadata" (list . .Chart.Name .Chart.Name $facts.component) | nindent 2 }}
spec:
  # Not minAvailable: with one replica that would block every drain of its node.
  maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
  # A pod that is not ready anyway must not hold up a drain either.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tripod-common.selector" (list . .Chart.Name) | nindent 6 }}
{{- end }}
{{- end }}

{{- define "tripod-common.horizontal-pod-autoscaler" -}}
{{- if .Values.autoscaling.enabled }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "tripod-common.metadata" (list . .Chart.Name .Chart.Name $facts.component) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .Chart.Name }}
  minReplicas: {{ .Values.autoscaling.minReplicas | int }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas | int }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .Values.autoscaling.targetCPUUtilizationPercentage | int }}
  behavior:
    # Slowly down: load that comes in waves would stop and start pods all day.
    scaleDown:
      stabilizationWindowSeconds: {{ .Values.autoscaling.scaleDownStabilizationSeconds | int }}
      policies:
        - type: Pods
          value: 1
          periodSeconds: 60
{{- end }}
{{- end }}

{{- define "tripod-common.service-monitor" -}}
{{- if .Values.serviceMonitor.enabled }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- $metadata := include "tripod-common.metadata" (list . .Chart.Name .Chart.Name $facts.component) | fromYaml }}
  {{- toYaml (merge $metadata (dict "labels" .Values.serviceMonitor.labels)) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "tripod-common.selector" (list . .Chart.Name) | nindent 6 }}
  endpoints:
    - port: {{ $facts.metricsPort.name }}
      interval: {{ .Values.serviceMonitor.interval }}
      scrapeTimeout: {{ .Values.serviceMonitor.scrapeTimeout }}
      relabelings:
        # The rules and the dashboard know the product by it.
        - targetLabel: job
          replacement: tripod-{{ .Chart.Name }}
{{- end }}
{{- end }}

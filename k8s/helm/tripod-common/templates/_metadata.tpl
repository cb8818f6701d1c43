{{/* The value of app.kubernetes.io/instance. */}}
{{- define "tripod-common.instance" -}}
{{- .Values.global.instance | default .Release.Name -}}
{{- end }}

{{/* Selects the pods of a service: (list $ "api"). Never more than this, because it cannot be changed later. */}}
{{- define "tripod-common.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ include "tripod-common.instance" (index . 0) }}
{{- end }}

{{/* Labels of pods: (list $ "api" "component"). Without versions, or each chart would restart the pods of the last one. */}}
{{- define "tripod-common.pod-labels" -}}
{{ include "tripod-common.selector" . }}
app.kubernetes.io/part-of: tripod
app.kubernetes.io/component: {{ index . 2 }}
{{- end }}

{{/* What a release adds to the labels of every object. */}}
{{- define "tripod-common.release-labels" -}}
{{- $tag := (.Values.image | default dict).tag | default .Chart.AppVersion -}}
{{- /* A tag may be longer than a label, and may end in what a label may not. */ -}}
app.kubernetes.io/version: {{ regexReplaceAll "[^A-Za-z0-9]+$" ($tag | replace "+" "_" | trunc 63) "" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ regexReplaceAll "[^A-Za-z0-9]+$" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63) "" }}
{{- end }}

{{/* Name, namespace and labels of an object: (list $ "name of the object" "name" "component"). */}}
{{- define "tripod-common.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "tripod-common.pod-labels" (list $root (index . 2) (index . 3)) | nindent 2 }}
  {{- include "tripod-common.release-labels" $root | nindent 2 }}
{{- end }}

{{/* Metadata of an object that Helm makes by itself, before others or for a test: (list $ … "hooks" weight). */}}
{{- define "tripod-common.hook-metadata" -}}
{{ include "tripod-common.metadata" . }}
annotations:
  helm.sh/hook: {{ index . 4 }}
  helm.sh/hook-weight: {{ index . 5 | quote }}
  helm.sh/hook-delete-policy: before-hook-creation
  # Since Helm 3.18, so that the reason stands where the failure does.
  helm.sh/hook-output-log-policy: hook-failed
{{- end }}

{{/* registry/repository:tag@digest */}}
{{- define "tripod-common.image" -}}
{{- with .Values.global.imageRegistry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* Image of a container, as fields. */}}
{{- define "tripod-common.image-fields" -}}
image: {{ include "tripod-common.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- define "tripod-common.pull-secrets" -}}
{{- $names := list -}}
{{- range concat .Values.global.imagePullSecrets .Values.imagePullSecrets }}{{ $names = append $names .name }}{{ end -}}
{{- with uniq $names }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "tripod-common.service-account-name" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default .Chart.Name }}
{{- else -}}
{{ required (printf "%s: serviceAccount.name is empty: name the account that exists, or let the chart create one" .Chart.Name) .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{/* Of a pod that meets Pod Security `restricted`: the argument is UID and GID. */}}
{{- define "tripod-common.pod-security-context" -}}
runAsNonRoot: true
runAsUser: {{ . | int }}
runAsGroup: {{ . | int }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tripod-common.security-context" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* The root file system is read-only, and Node writes into /tmp. */}}
{{- define "tripod-common.tmp-mount" -}}
- name: tmp
  mountPath: /tmp
{{- end }}

{{- define "tripod-common.tmp-volume" -}}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- end }}

{{/* What else every pod says of itself. */}}
{{- define "tripod-common.pod-basics" -}}
automountServiceAccountToken: false
# The variables would be named like our own (API_PORT=tcp://…), and grow with the namespace.
enableServiceLinks: false
{{- include "tripod-common.pull-secrets" . }}
{{- end }}

{{/* Each revision is spread by itself, or the pods of the old one would decide where those of the new one go. */}}
{{- define "tripod-common.spread" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "tripod-common.selector" (list . .Chart.Name) | fromYaml)) "matchLabelKeys" (list "pod-template-hash") -}}
{{- $constraints := list -}}
{{- range .Values.topologySpreadConstraints }}{{ $constraints = append $constraints (merge (deepCopy .) $own) }}{{ end -}}
{{- with $constraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

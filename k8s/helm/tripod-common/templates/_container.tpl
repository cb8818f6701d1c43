{{/* The container of a service: (list $ facts). */}}
{{- define "tripod-common.container" -}}
{{- $root := index . 0 -}}
{{- $facts := index . 1 -}}
name: {{ $root.Chart.Name }}
{{ include "tripod-common.image-fields" $root }}
envFrom:
  {{- range prepend (keys ($facts.configMaps | default dict) | sortAlpha) $root.Chart.Name }}
  - configMapRef:
      name: {{ . }}
  {{- end }}
  {{- range $facts.secrets }}
  - secretRef:
      name: {{ . }}
  {{- end }}
env:
  # Of the memory limit. The rest is for buffers, threads and the code itself.
  - name: NODE_OPTIONS
    value: --max-old-space-size-percentage={{ $facts.heapPercent }}
  {{- with $facts.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with $root.Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  {{- toYaml $facts.ports | nindent 2 }}
startupProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: {{ div $facts.startupSeconds 2 }}
# Asks nobody else: a restart does not bring back what somebody else has lost.
livenessProbe:
  httpGet:
    path: /healthz
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  {{- toYaml ($facts.readinessProbe | default (dict "httpGet" (dict "path" "/readyz" "port" "http"))) | nindent 2 }}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
resources:
  {{- toYaml ($facts.resources | default $root.Values.resources) | nindent 2 }}
securityContext:
  {{- $usual := include "tripod-common.security-context" $root | fromYaml }}
  {{- toYaml (mergeOverwrite $usual ($facts.securityContext | default dict)) | nindent 2 }}
volumeMounts:
  {{- include "tripod-common.tmp-mount" $root | nindent 2 }}
  {{- with $facts.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  {{- with $root.Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

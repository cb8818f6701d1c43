{{/* What is particular to this service; the library chart says what each of these is. */}}
{{- define "webui.facts" -}}
{{- $api := urlParse .Values.apiUrl -}}
{{- $apiPort := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $api.host) | default (ternary "443" "80" (eq $api.scheme "https")) | int -}}
{{- $apiPeers := prepend .Values.networkPolicy.apiPeers (include "tripod-common.pods-of" (list . "api") | fromYaml) -}}
{{- if and (or .Values.ingress.enabled .Values.gateway.enabled) (empty .Values.env.TRUST_PROXY) -}}
{{- fail "webui: env.TRUST_PROXY is empty: name the addresses that the ingress controller or gateway calls from (\"uniquelocal\" where pods have private ones), or every client seems to be that one, without TLS" -}}
{{- end -}}
component: webui
user: 10002
heapPercent: 75
startupSeconds: 120
ports:
  - name: http
    containerPort: 3000
  - name: metrics
    containerPort: 3001
services:
  webui:
    ports:
      - name: http
        port: 80
        targetPort: http
      - name: metrics
        port: 3001
        targetPort: metrics
metricsPort:
  name: metrics
  number: 3001
config:
  API_URL: {{ .Values.apiUrl | quote }}
elsewhere:
  API_URL: apiUrl
  HOST: ""
  PORT: ""
  METRICS_PORT: ""
  NODE_OPTIONS: ""
ingress:
  {{- include "tripod-common.rule" (dict "side" "from" "peers" .Values.networkPolicy.ingressFrom "ports" (list 3000)) | nindent 2 }}
egress:
  {{- include "tripod-common.rule" (dict "side" "to" "peers" $apiPeers "ports" (list $apiPort)) | nindent 2 }}
tests:
  # Ready, and not degraded: it reaches its API.
  - url: http://webui/readyz
    has: '"status":"ready"'
  - url: http://webui/
    has: <html
  - url: http://webui/api/v1/openapi.json
    has: '"openapi"'
testRules:
  {{- include "tripod-common.rule" (dict "side" "to" "peers" (list (include "tripod-common.pods-of" (list . "webui") | fromYaml)) "ports" (list 3000)) | nindent 2 }}
{{- end }}

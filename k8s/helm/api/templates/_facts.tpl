{{/* What is particular to this service; the library chart says what each of these is. */}}
{{- define "api.facts" -}}
{{- $database := include "api.database" . | fromYaml -}}
{{- $fastpath := .Values.fastpath -}}
{{- $jwt := required "api: existingSecret is empty: name the Secret that has JWT_KEYS" .Values.existingSecret -}}
component: api
user: 10001
heapPercent: 75
# It listens when it has reached its database. Eleven minutes: database.maxRetries ends first, and with a reason.
startupSeconds: 660
# A pod may wait that long; that is progress still.
progressDeadlineSeconds: 900
ports:
  - name: http
    containerPort: 5000
  - name: metrics
    containerPort: 5001
services:
  api:
    ports:
      - name: http
        port: 5000
        targetPort: http
      - name: metrics
        port: 5001
        targetPort: metrics
metricsPort:
  name: metrics
  number: 5001
config:
  FASTPATH_ADDRESS: {{ $fastpath.enabled | ternary $fastpath.address "" | quote }}
elsewhere:
  FASTPATH_ADDRESS: fastpath.address
  DB_TYPE: database.type
  DB_HOST: database.host
  DB_PORT: database.port
  DB_NAME: database.name
  DB_TLS: database.tls
  DB_TLS_CA: database.ca
  DB_MAX_RETRIES: database.maxRetries
  HOST: ""
  PORT: ""
  METRICS_PORT: ""
  NODE_OPTIONS: ""
configMaps:
  database:
    {{- toYaml $database.config | nindent 4 }}
secrets:
  - {{ $jwt }}
  {{- if $fastpath.enabled }}
  - {{ required "api: fastpath.existingSecret is empty: name the Secret that has FASTPATH_SECRET" $fastpath.existingSecret }}
  {{- end }}
  - {{ $database.secret }}
{{- with .Values.redis }}
{{- if .enabled }}
env:
  # Not the whole Secret: the password by itself is for the server.
  - name: REDIS_URL
    valueFrom:
      secretKeyRef:
        name: {{ required "api: redis.existingSecret is empty: name the Secret that has REDIS_URL" .existingSecret }}
        key: {{ .urlKey }}
{{- end }}
{{- end }}
{{- with $database.volumes }}
volumes:
  {{- toYaml . | nindent 2 }}
volumeMounts:
  {{- toYaml $database.volumeMounts | nindent 2 }}
{{- end }}
ingress:
  {{- $callers := prepend .Values.networkPolicy.ingressFrom (include "tripod-common.pods-of" (list . "webui") | fromYaml) }}
  {{- include "tripod-common.rule" (dict "side" "from" "peers" $callers "ports" (list 5000)) | nindent 2 }}
egress:
  {{- include "api.egress" . | nindent 2 }}
tests:
  # Ready: the database answers, and its schema is that of this version.
  - url: http://api:5000/readyz
    has: '"status"'
  - url: http://api:5000/api/v1/openapi.json
    has: '"openapi"'
testRules:
  {{- include "tripod-common.rule" (dict "side" "to" "peers" (list (include "tripod-common.pods-of" (list . "api") | fromYaml)) "ports" (list 5000)) | nindent 2 }}
{{- end }}

{{/* Rules for the fast path, the database and Redis. */}}
{{- define "api.egress" -}}
{{- if .Values.fastpath.enabled -}}
{{- $ports := list -}}
{{- range splitList "," .Values.fastpath.address }}{{ $ports = append $ports (regexFind "[0-9]+$" (trim .)) }}{{ end -}}
{{- $instances := prepend .Values.networkPolicy.fastpathPeers (include "tripod-common.pods-of" (list . "fastpath") | fromYaml) -}}
{{- include "tripod-common.rule" (dict "side" "to" "peers" $instances "ports" (uniq $ports)) }}
{{ end -}}
{{- include "api.database-rule" . }}
{{- if .Values.redis.enabled }}
{{- if .Values.networkPolicy.enabled -}}
{{- $_ := required "api: networkPolicy.redisPeers is empty, so nothing could reach Redis: name its network or its pods, as [{ipBlock: {cidr: 192.0.2.0/24}}]" (first .Values.networkPolicy.redisPeers) -}}
{{- end }}
{{ include "tripod-common.rule" (dict "side" "to" "peers" .Values.networkPolicy.redisPeers "ports" (list .Values.redis.port)) }}
{{- end }}
{{- end }}

{{/* Where the database is, for the API and for its migration: variables, Secret, volumes with the CA. */}}
{{- define "api.database" -}}
{{- $database := .Values.database -}}
{{- $ca := $database.ca -}}
{{- if and $ca.existingSecret $ca.existingConfigMap -}}
{{- fail "api: database.ca: either existingSecret or existingConfigMap" -}}
{{- end -}}
{{- $hasCa := or $ca.existingSecret $ca.existingConfigMap -}}
{{- if and $hasCa (ne $database.tls "verify") -}}
{{- fail (printf "api: database.ca is given, and database.tls is %q: only \"verify\" looks at it" $database.tls) -}}
{{- end -}}
{{- if and $database.fromUrl $database.host -}}
{{- fail "api: database.host and database.fromUrl: with DATABASE_URL in the Secret nothing reads the host" -}}
{{- end -}}
config:
  DB_MAX_RETRIES: {{ $database.maxRetries | int | quote }}
  {{- if not $database.fromUrl }}
  DB_TYPE: {{ $database.type }}
  DB_HOST: {{ required "api: database.host is empty: name the server, or set database.fromUrl when the Secret has DATABASE_URL" $database.host | quote }}
  DB_PORT: {{ include "api.database-port" . | quote }}
  DB_NAME: {{ $database.name | quote }}
  {{- end }}
  {{- with $database.tls }}
  DB_TLS: {{ . | quote }}
  {{- end }}
  {{- if $hasCa }}
  DB_TLS_CA: /etc/tripod/database-ca/{{ $ca.key }}
  {{- end }}
secret: {{ required "api: database.existingSecret is empty: name the Secret that has DB_USER and DB_PASS, or DATABASE_URL" $database.existingSecret }}
{{- if $hasCa }}
volumes:
  - name: database-ca
    {{- if $ca.existingSecret }}
    secret:
      secretName: {{ $ca.existingSecret }}
    {{- else }}
    configMap:
      name: {{ $ca.existingConfigMap }}
    {{- end }}
      items:
        - key: {{ $ca.key }}
          path: {{ $ca.key }}
volumeMounts:
  - name: database-ca
    mountPath: /etc/tripod/database-ca
    readOnly: true
{{- end }}
{{- end }}

{{- define "api.database-port" -}}
{{- .Values.database.port | default (ternary 5432 3306 (eq .Values.database.type "postgres")) | int -}}
{{- end }}

{{/* A list of peers that is empty would be every address there is. */}}
{{- define "api.database-rule" -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $_ := required "api: networkPolicy.databasePeers is empty, so nothing could reach the database: name its network or its pods, as [{ipBlock: {cidr: 192.0.2.0/24}}]" (first .Values.networkPolicy.databasePeers) -}}
{{- end -}}
{{- include "tripod-common.rule" (dict "side" "to" "peers" .Values.networkPolicy.databasePeers "ports" (list (include "api.database-port" .))) -}}
{{- end }}

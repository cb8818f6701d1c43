{{/* What is particular to this service; the library chart says what each of these is. */}}
{{- define "fastpath.facts" -}}
{{- $ports := .Values.ports -}}
{{- $secret := required "fastpath: existingSecret is empty: name the Secret that has FASTPATH_SECRET" .Values.existingSecret -}}
component: fastpath
user: 10003
# Packet buffers, flow tables and rules live outside of the heap.
heapPercent: 50
startupSeconds: 120
ports:
  - name: grpc
    containerPort: {{ $ports.grpc | int }}
  - name: http
    containerPort: {{ $ports.http | int }}
  - name: data
    containerPort: {{ $ports.data | int }}
    protocol: UDP
services:
  # For clients of the data plane, for people and for monitoring: any instance will do.
  fastpath:
    ports:
      - name: grpc
        port: 50051
        targetPort: grpc
      - name: http
        port: 8080
        targetPort: http
      - name: data
        protocol: UDP
        port: 7000
        targetPort: data
  # For the API, which brings every instance to the current rules: its name resolves to the addresses of all that are
  # ready, so the port is that of the pods.
  fastpath-headless:
    headless: true
    ports:
      - name: grpc
        port: {{ $ports.grpc | int }}
        targetPort: grpc
metricsPort:
  name: http
  number: {{ $ports.http | int }}
config:
  {{- include "fastpath.config" . | nindent 2 }}
elsewhere:
  FASTPATH_MODE: xdp.enabled
  XDP_INTERFACE: xdp.interface
  XDP_HUGEPAGES: xdp.hugepages
  HTTP_PORT: ports.http
  GRPC_PORT: ports.grpc
  DATA_PORT: ports.data
  HOST: ""
  NODE_OPTIONS: ""
secrets:
  - {{ $secret }}
{{- $tls := not (empty .Values.env.GRPC_TLS_CERT) }}
readinessProbe:
  {{- if $tls }}
  # The kubelet speaks no TLS in probes of gRPC.
  httpGet:
    path: /readyz
    port: http
  {{- else }}
  # The kubelet speaks grpc.health.v1 itself. It takes a number here, no name.
  grpc:
    port: {{ $ports.grpc | int }}
  {{- end }}
ingress:
  {{- $callers := prepend .Values.networkPolicy.controlFrom (include "tripod-common.pods-of" (list . "api") | fromYaml) }}
  {{- include "tripod-common.rule" (dict "side" "from" "peers" $callers "ports" (list $ports.grpc)) | nindent 2 }}
  {{- include "fastpath.data-rule" . | nindent 2 }}
tests:
  - url: http://fastpath:8080/readyz
    has: ''
  - grpc: {{ ternary "https" "http" $tls }}://fastpath-headless:{{ $ports.grpc | int }}
testRules:
  {{- $own := concat (list (include "tripod-common.pods-of" (list . "fastpath") | fromYaml)) .Values.xdp.nodePeers }}
  {{- include "tripod-common.rule" (dict "side" "to" "peers" $own "ports" (list $ports.grpc $ports.http)) | nindent 2 }}
{{- include "fastpath.xdp" . }}
{{- end }}

{{/* The data plane is for everybody; who may send what is the matter of its rules. */}}
{{- define "fastpath.data-rule" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and $policy.dataFromAnywhere $policy.dataFrom -}}
{{- fail "fastpath: networkPolicy.dataFrom is without effect as long as networkPolicy.dataFromAnywhere is true" -}}
{{- end -}}
{{- if or $policy.dataFromAnywhere $policy.dataFrom -}}
- ports:
    - protocol: UDP
      port: {{ .Values.ports.data | int }}
  {{- with $policy.dataFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* DNS: kube-dns and NodeLocal DNSCache, which answers on an address of the node that no selector of pods matches. */}}
{{- define "tripod-common.dns-rule" -}}
{{- $peers := .Values.global.dnsPeers | default (list
  (dict
    "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" "kube-system"))
    "podSelector" (dict "matchLabels" (dict "k8s-app" "kube-dns")))
  (dict "ipBlock" (dict "cidr" "169.254.20.10/32"))) -}}
to:
  {{- toYaml $peers | nindent 2 }}
ports:
  - protocol: UDP
    port: 53
  # Answers that do not fit into a datagram.
  - protocol: TCP
    port: 53
{{- end }}

{{/* A peer: the pods of a service of the same release, as (list $ "api"). */}}
{{- define "tripod-common.pods-of" -}}
podSelector:
  matchLabels:
    {{- include "tripod-common.selector" . | nindent 4 }}
{{- end }}

{{/*
One rule: (dict "side" "from" "peers" list "ports" list), ports as numbers of TCP. Without peers there is no rule: for
Kubernetes an empty list of them is everybody.
*/}}
{{- define "tripod-common.rule" -}}
{{- if .peers -}}
- {{ .side }}:
    {{- toYaml .peers | nindent 4 }}
  ports:
    {{- range .ports }}
    - protocol: TCP
      port: {{ . | int }}
    {{- end }}
{{- end -}}
{{- end }}

{{/* The policy of the service, and the one that lets Prometheus in. */}}
{{- define "tripod-common.network-policies" -}}
{{- if .Values.networkPolicy.enabled }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
{{- $egress := $facts.egress | default list -}}
{{- if .Values.networkPolicy.allowDns }}{{ $egress = append $egress (include "tripod-common.dns-rule" . | fromYaml) }}{{ end -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tripod-common.metadata" (list . .Chart.Name .Chart.Name $facts.component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tripod-common.selector" (list . .Chart.Name) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- with $facts.ingress }}
  ingress:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $egress }}
  egress:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- $prometheus := dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .Values.serviceMonitor.prometheusNamespace)) -}}
{{- with concat (ternary (list $prometheus) list .Values.serviceMonitor.enabled) .Values.networkPolicy.metricsFrom }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tripod-common.metadata" (list $ (printf "%s-metrics" $.Chart.Name) $.Chart.Name $facts.component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tripod-common.selector" (list $ $.Chart.Name) | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    {{- include "tripod-common.rule" (dict "side" "from" "peers" . "ports" (list $facts.metricsPort.number)) | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of objects that belong to no service. */}}
{{- define "tripod.labels" -}}
app.kubernetes.io/instance: {{ include "tripod-common.instance" . }}
app.kubernetes.io/part-of: tripod
{{ include "tripod-common.release-labels" . }}
{{- end }}

{{/* What no chart can say by itself, because it is about two of them. */}}
{{- define "tripod.check" -}}
{{- $api := .Values.api -}}
{{- $fastpath := .Values.fastpath -}}
{{- if $api.enabled -}}
{{- if and $api.fastpath.enabled (not $fastpath.enabled) (hasPrefix "fastpath-headless:" $api.fastpath.address) -}}
{{- fail "tripod: fastpath.enabled is false, and api.fastpath leads to it: set api.fastpath.enabled: false, or api.fastpath.address to one elsewhere" -}}
{{- end -}}
{{- if and $fastpath.enabled $api.fastpath.enabled -}}
{{- $wanted := printf "fastpath-headless:%d" ($fastpath.ports.grpc | int) -}}
{{- if and (hasPrefix "fastpath-headless:" $api.fastpath.address) (ne $api.fastpath.address $wanted) -}}
{{- fail (printf "tripod: api.fastpath.address is %s, and the fast path listens at %s" $api.fastpath.address $wanted) -}}
{{- end -}}
{{- if ne $api.fastpath.existingSecret $fastpath.existingSecret -}}
{{- fail "tripod: api.fastpath.existingSecret and fastpath.existingSecret differ: both ends need the same FASTPATH_SECRET" -}}
{{- end -}}
{{- if and $fastpath.xdp.enabled (eq $fastpath.xdp.network "host") $api.networkPolicy.enabled (empty $api.networkPolicy.fastpathPeers) -}}
{{- fail "tripod: api.networkPolicy.fastpathPeers is empty: with fastpath.xdp.network: host the fast path has addresses of nodes: name their network, as [{ipBlock: {cidr: 10.0.0.0/8}}]" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $closed := .Values.namespacePolicies.enabled -}}
{{- range $name := list "api" "webui" "fastpath" -}}
{{- $values := get $.Values $name -}}
{{- if $values.enabled -}}
{{- if and $closed (not $values.networkPolicy.enabled) -}}
{{- fail (printf "tripod: %s.networkPolicy.enabled is false, and default-deny lets nobody talk to it: set namespacePolicies.enabled: false as well, and make policies of your own" $name) -}}
{{- end -}}
{{- if and $values.networkPolicy.enabled (not $values.networkPolicy.allowDns) (not $closed) -}}
{{- fail (printf "tripod: namespacePolicies.enabled is false, so nothing lets DNS out: set %s.networkPolicy.allowDns: true" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

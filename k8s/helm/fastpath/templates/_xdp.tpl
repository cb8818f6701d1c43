{{/* Variables that follow from other values: which data plane, and ports that are not those of the service. */}}
{{- define "fastpath.config" -}}
{{- $xdp := .Values.xdp -}}
{{- if $xdp.enabled }}
FASTPATH_MODE: afxdp
XDP_INTERFACE: {{ include "fastpath.interface" . | quote }}
# Not auto: a pod that has not asked for huge pages gets none, however many are free on its node.
XDP_HUGEPAGES: {{ ternary "on" "off" (ne $xdp.hugepages "") | quote }}
{{- else }}
# Not auto: these pods may not use AF_XDP, so there is nothing to try.
FASTPATH_MODE: udp
{{- end }}
{{- $usual := dict "grpc" 50051 "http" 8080 "data" 7000 }}
{{- range $name, $port := .Values.ports }}
{{- if ne ($port | int) (get $usual $name) }}
{{ upper $name }}_PORT: {{ $port | int | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "fastpath.interface" -}}
{{- if .Values.xdp.interface -}}
{{ .Values.xdp.interface }}
{{- else if eq .Values.xdp.network "pod" -}}
eth0
{{- else if eq .Values.xdp.network "multus" -}}
net1
{{- else -}}
{{- fail "fastpath: xdp.interface is empty: with xdp.network: host name the NIC of the node" -}}
{{- end -}}
{{- end }}

{{/*
AF_XDP with the least privilege that works. Added capabilities reach a process of UID 0 only: for another one they are
in the bounding set and not effective, and a runtime gives it no ambient ones.
*/}}
{{- define "fastpath.xdp" -}}
{{- $xdp := .Values.xdp -}}
{{- if $xdp.enabled }}
{{- include "fastpath.xdp-check" . }}
{{- $ownNic := ne $xdp.network "pod" }}
podSecurityContext:
  runAsNonRoot: false
  runAsUser: 0
  runAsGroup: 0
securityContext:
  capabilities:
    drop: [ALL]
    # NET_RAW      opens AF_XDP sockets
    # NET_ADMIN    binds them to a queue, attaches the XDP program
    # BPF          loads programs and maps; the default seccomp profile allows bpf() with it
    # PERFMON      lets the verifier accept the pointers in the program
    # IPC_LOCK     packet buffers are locked memory, beyond the limit of a container
    # SYS_NICE     with a NIC: its buffers go onto its NUMA node, and where they really are is checked; the default seccomp
    #              profile allows mbind() and get_mempolicy() with it
    add: [NET_RAW, NET_ADMIN, BPF, PERFMON, IPC_LOCK{{ if $ownNic }}, SYS_NICE{{ end }}]
  {{- with $xdp.seccompProfile }}
  seccompProfile:
    {{- toYaml . | nindent 4 }}
  {{- end }}
# Whole CPUs, as many as asked for: where the kubelet's CPU manager is static they are this pod's alone.
{{- $amount := dict
  "cpu" ($xdp.resources.cpu | default (ternary 2 1 $ownNic) | toString)
  "memory" $xdp.resources.memory
  "ephemeral-storage" $xdp.resources.ephemeralStorage }}
{{- with $xdp.hugepages }}{{ $_ := set $amount "hugepages-2Mi" . }}{{ end }}
{{- with $xdp.multus.resourceName }}{{ $_ := set $amount . "1" }}{{ end }}
resources:
  requests:
    {{- toYaml $amount | nindent 4 }}
  limits:
    {{- toYaml $amount | nindent 4 }}
{{- if $ownNic }}
# The NIC is busy until the old instance has gone: a second one could not start beside it.
rollingUpdate:
  maxSurge: 0
  maxUnavailable: 1
{{- end }}
{{- if eq $xdp.network "multus" }}
podAnnotations:
  k8s.v1.cni.cncf.io/networks: {{ $xdp.multus.network }}
{{- end }}
{{- if eq $xdp.network "host" }}
env:
  # gRPC and HTTP on the node's own address only, which is where probes and the API look; not on the NIC.
  - name: HOST
    valueFrom:
      fieldRef:
        fieldPath: status.podIP
{{- end }}
{{- if $ownNic }}
pod:
  {{- if eq $xdp.network "host" }}
  hostNetwork: true
  # Otherwise it would ask the node's resolver, which knows nothing of Services.
  dnsPolicy: ClusterFirstWithHostNet
  {{- end }}
  nodeSelector:
    {{- toYaml (merge (deepCopy .Values.nodeSelector) $xdp.nodeSelector) | nindent 4 }}
  affinity:
    {{- include "fastpath.one-for-each-node" . | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* The affinity of the values, and no second instance on a node: a queue of a NIC has one owner. */}}
{{- define "fastpath.one-for-each-node" -}}
{{- $apart := dict
  "topologyKey" "kubernetes.io/hostname"
  "labelSelector" (dict "matchLabels" (include "tripod-common.selector" (list . "fastpath") | fromYaml)) -}}
{{- $required := "requiredDuringSchedulingIgnoredDuringExecution" -}}
{{- $given := .Values.affinity.podAntiAffinity | default dict -}}
{{- $rules := append (get $given $required | default list) $apart -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.affinity) (dict "podAntiAffinity" (dict $required $rules))) -}}
{{- end }}

{{- define "fastpath.xdp-check" -}}
{{- $xdp := .Values.xdp -}}
{{- if and (eq $xdp.network "multus") (empty $xdp.multus.network) -}}
{{- fail "fastpath: xdp.multus.network is empty: name the NetworkAttachmentDefinition" -}}
{{- end -}}
{{- if and (ne $xdp.network "multus") (or $xdp.multus.config $xdp.multus.resourceName) -}}
{{- fail (printf "fastpath: xdp.multus is given, and xdp.network is %q" $xdp.network) -}}
{{- end -}}
{{- if and (eq $xdp.network "host") .Values.tests.enabled .Values.networkPolicy.enabled (empty $xdp.nodePeers) -}}
{{- fail "fastpath: xdp.nodePeers is empty: with xdp.network: host the pods have addresses of nodes, and `helm test` would not reach them: name the network of your nodes, or set tests.enabled: false" -}}
{{- end -}}
{{- end }}

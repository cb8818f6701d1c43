{{/*
A chart says what is particular to its service in one template, "<chart>.facts", as YAML; everything else here is the
same for all. The facts:

  component                 label app.kubernetes.io/component
  user                      UID and GID
  heapPercent               part of the memory limit that V8 may take for its heap
  startupSeconds            how long a start may take
  progressDeadlineSeconds   how long a rollout may stand still; optional
  ports                     of the container
  services                  by name: ports, and headless: true
  metricsPort               name and number of the port that has /metrics
  config                    variables that other values than env decide; they go into the ConfigMap with those of env
  elsewhere                 variables that do not belong into env, each with the value to set instead ("" = none)
  configMaps                more ConfigMaps that the container reads whole: by name, the data
  secrets                   existing Secrets that the container reads whole
  env                       more variables of the container
  volumes, volumeMounts     more of them
  ingress, egress           rules of the NetworkPolicy
  tests, testRules          what `helm test` asks, {url, has} or {grpc}, and the egress rules that this needs
  readinessProbe, resources, podSecurityContext, securityContext, rollingUpdate, podAnnotations, pod
                            optional: in the place of what is usual; the last is merged into the pod
*/}}
{{- define "tripod-common.facts" -}}
{{- $text := include (printf "%s.facts" .Chart.Name) . -}}
{{- $facts := fromYaml $text -}}
{{- /* That is all that fromYaml says of YAML that is none. */ -}}
{{- if hasKey $facts "Error" }}{{ fail (printf "%s.facts: %s\n%s" .Chart.Name $facts.Error $text) }}{{ end -}}
{{- toYaml $facts -}}
{{- end }}

{{/* The variables of the ConfigMap: those of env, and those that the chart decides. */}}
{{- define "tripod-common.config" -}}
{{- $root := index . 0 -}}
{{- $facts := index . 1 -}}
{{- $extra := list }}{{ range $root.Values.extraEnv }}{{ $extra = append $extra .name }}{{ end -}}
{{- range $name := concat (keys $root.Values.env | sortAlpha) $extra -}}
{{- if hasKey $facts.elsewhere $name -}}
{{- $value := get $facts.elsewhere $name -}}
{{- $instead := empty $value | ternary "the chart sets it" (printf "set %s instead" $value) -}}
{{- fail (printf "%s: %s in env or extraEnv: %s" $root.Chart.Name $name $instead) -}}
{{- end -}}
{{- end -}}
{{- toYaml (merge (deepCopy ($facts.config | default dict)) $root.Values.env) -}}
{{- end }}

{{/* All ConfigMaps of the service, by name. */}}
{{- define "tripod-common.config-data" -}}
{{- $root := index . 0 -}}
{{- $facts := index . 1 -}}
{{- $own := include "tripod-common.config" . | fromYaml -}}
{{- toYaml (merge (dict $root.Chart.Name $own) ($facts.configMaps | default dict)) -}}
{{- end }}

{{/* What a schema cannot say of the values: (list $ facts). Nothing comes out of it but a refusal. */}}
{{- define "tripod-common.check" -}}
{{- $root := index . 0 -}}
{{- $name := $root.Chart.Name -}}
{{- $values := $root.Values -}}
{{- /* An older one installs it, but does not know gRPC probes and fails in the middle of the first upgrade. */ -}}
{{- if semverCompare "<3.10.0-0" $root.Capabilities.HelmVersion.Version -}}
{{- fail (printf "%s: Helm %s is too old, 3.10 or newer is needed" $name $root.Capabilities.HelmVersion.Version) -}}
{{- end -}}
{{- if and $values.autoscaling.enabled (lt ($values.autoscaling.maxReplicas | int) ($values.autoscaling.minReplicas | int)) -}}
{{- fail (printf "%s: autoscaling.maxReplicas is less than autoscaling.minReplicas" $name) -}}
{{- end -}}
{{- if and (eq ($values.rollingUpdate.maxSurge | toString) "0") (eq ($values.rollingUpdate.maxUnavailable | toString) "0") -}}
{{- fail (printf "%s: rollingUpdate: with maxSurge 0 and maxUnavailable 0 no pod can ever be replaced" $name) -}}
{{- end -}}
{{- /* It drains for 10 s at most, after it has waited until nobody sends it anything new. */ -}}
{{- $delay := $values.env.SHUTDOWN_DELAY_MS | default "0" | int64 -}}
{{- if le (mul $values.terminationGracePeriodSeconds 1000 | int64) (add $delay 10000) -}}
{{- fail (printf "%s: terminationGracePeriodSeconds: %d s are not more than env.SHUTDOWN_DELAY_MS (%d ms) and 10 s to drain" $name ($values.terminationGracePeriodSeconds | int) $delay) -}}
{{- end -}}
{{- end }}

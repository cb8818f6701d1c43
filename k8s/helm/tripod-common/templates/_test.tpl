{{/*
`helm test`: a pod that asks the service by its name, from inside of the namespace, with the Node of its own image. The
two policies that let it do so stay between tests: they are about pods that exist only then, and a rule that is made
together with the pod may come into force after it.
*/}}
{{- define "tripod-common.test" -}}
{{- if .Values.tests.enabled }}
{{- $facts := include "tripod-common.facts" . | fromYaml -}}
{{- $name := printf "%s-test" .Chart.Name -}}
{{- if .Values.networkPolicy.enabled }}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tripod-common.metadata" (list . $name $name "test") | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tripod-common.selector" (list . $name) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  egress:
    {{- $dns := include "tripod-common.dns-rule" . | fromYaml }}
    {{- toYaml (append $facts.testRules $dns) | nindent 4 }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tripod-common.metadata" (list . (printf "%s-from-test" .Chart.Name) .Chart.Name $facts.component) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tripod-common.selector" (list . .Chart.Name) | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    {{- range $facts.testRules }}
    - from:
        - {{ include "tripod-common.pods-of" (list $ $name) | indent 10 | trim }}
      ports:
        {{- toYaml .ports | nindent 8 }}
    {{- end }}
---
{{- end }}
apiVersion: v1
kind: Pod
metadata:
  {{- include "tripod-common.hook-metadata" (list . $name $name "test" "test" 0) | nindent 2 }}
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 180
  serviceAccountName: {{ include "tripod-common.service-account-name" . }}
  {{- include "tripod-common.pod-basics" . | nindent 2 }}
  terminationGracePeriodSeconds: 5
  securityContext:
    {{- include "tripod-common.pod-security-context" 10008 | nindent 4 }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ $name }}
      {{- include "tripod-common.image-fields" . | nindent 6 }}
      command:
        - node
        - --input-type=module
        - --eval
        - |
          {{- include "tripod-common.test-program" . | nindent 10 }}
        - {{ toJson $facts.tests | quote }}
      resources:
        requests:
          cpu: 20m
          memory: 64Mi
          ephemeral-storage: 16Mi
        limits:
          memory: 128Mi
          ephemeral-storage: 128Mi
      securityContext:
        {{- include "tripod-common.security-context" . | nindent 8 }}
      volumeMounts:
        {{- include "tripod-common.tmp-mount" . | nindent 8 }}
  volumes:
    {{- include "tripod-common.tmp-volume" . | nindent 4 }}
{{- end }}
{{- end }}

{{/* Each question is asked again until it is answered, for two minutes: a rollout may be under way. */}}
{{- define "tripod-common.test-program" -}}
import { connect } from 'node:http2';
import { setTimeout as pause } from 'node:timers/promises';

async function askHttp({ url, has }) {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  const text = await response.text();
  if (!response.ok || !text.includes(has)) throw new Error(`${response.status} ${text.slice(0, 500)}`);
}

// grpc.health.v1.Health/Check with an empty request; the answer is one message whose field 1 is 1, SERVING.
async function askGrpc({ grpc }) {
  const session = connect(grpc, { rejectUnauthorized: false });
  try {
    const answer = await new Promise((resolve, reject) => {
      const chunks = [];
      session.on('error', reject);
      const headers = { ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', te: 'trailers' };
      const stream = session.request({ ...headers, 'content-type': 'application/grpc' });
      stream.setTimeout(5000, () => reject(new Error('no answer')));
      stream.on('error', reject).on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => resolve(Buffer.concat(chunks).toString('hex')));
      stream.end(Buffer.alloc(5));
    });
    if (answer !== '00000000020801') throw new Error(`answers "${answer}" and not SERVING`);
  } finally {
    session.destroy();
  }
}

const deadline = Date.now() + 120_000;
for (const question of JSON.parse(process.argv[1])) {
  const ask = () => (question.grpc ? askGrpc(question) : askHttp(question));
  for (let done = false; !done; ) {
    const problem = await ask().then(() => undefined, (error) => error.cause ?? error);
    done = problem === undefined;
    const reason = done ? '' : `: ${problem.message || problem.code}`;
    console.log(`${done ? 'ok' : 'not yet'}: ${question.grpc ?? question.url}${reason}`);
    if (!done && Date.now() > deadline) process.exit(1);
    if (!done) await pause(2000);
  }
}
{{- end }}

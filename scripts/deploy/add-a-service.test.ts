// What docs/how-to/add-a-service.md tells to type makes manifests that build.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kustomizeBuild } from '../kubernetes/render.ts';
import { inRepository } from '../repository.ts';

const document = readFileSync(inRepository('docs/how-to/add-a-service.md'), 'utf8');
const block = (start: string) =>
  [...document.matchAll(/```\w+\n([\s\S]*?)```/g)]
    .map(([, text]) => text!)
    .find((text) => text.startsWith(start))!;

test('a fourth service joins the overlay', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-fourth-'));
  try {
    cpSync(inRepository('k8s/kustomize'), join(directory, 'k8s/kustomize'), { recursive: true });
    execFileSync('bash', ['-euc', block('cp -r k8s/')], { cwd: directory });
    const policy = block('# k8s/kustomize/base/notifier/network-policy.yaml');
    writeFileSync(join(directory, 'k8s/kustomize/base/notifier/network-policy.yaml'), policy);
    const own = 'resources: [../alpha, ../../base/notifier]\nnamespace: tripod\n';
    const overlay = join(directory, 'k8s/kustomize/overlays/four');
    mkdirSync(overlay);
    writeFileSync(join(overlay, 'kustomization.yaml'), own);

    const objects = await kustomizeBuild(overlay);
    const made = objects.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'notifier');
    expect(made.map(({ kind }) => kind).sort()).toEqual([
      'ConfigMap',
      'Deployment',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
    const find = (wanted: string) => made.find(({ kind }) => kind === wanted)!;
    expect(find('Service').spec.ports.map(({ port }: { port: number }) => port)).toEqual([5050, 5051]);
    const pod = find('Deployment').spec.template.spec;
    expect(pod.securityContext.runAsUser).toBe(10009);
    expect(pod.containers[0]).toMatchObject({
      name: 'notifier',
      image: 'tripod-notifier:0.1.0',
      ports: [{ containerPort: 5050 }, { containerPort: 5051 }],
    });
    expect(JSON.stringify(made)).not.toMatch(/webui/i);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

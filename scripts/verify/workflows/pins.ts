// Whose code runs: actions of others by commit, with the version beside it for people; images by an exact tag.
import { type GithubFolder, jobsOf, stepsOf } from './files.ts';

/** The actions that we use, with the inputs: to GitHub an unknown input is no error. A new one is looked at, then added. */
const KNOWN: Record<string, readonly string[]> = {
  'actions/checkout': ['fetch-depth', 'persist-credentials'],
  'actions/dependency-review-action': ['fail-on-severity'],
  'actions/upload-artifact': ['name', 'path', 'retention-days'],
  'docker/build-push-action': [
    ...[
      'build-args',
      'cache-from',
      'cache-to',
      'context',
      'file',
      'labels',
      'no-cache',
      'outputs',
      'platforms',
    ],
    ...['provenance', 'sbom', 'tags'],
  ],
  'helm/kind-action': ['cluster_name', 'kubectl_version', 'node_image', 'version', 'wait'],
  'sigstore/cosign-installer': [],
};
const USES = /^\s*(?:- )?uses:\s*(\S+)(?:\s+#\s*(\S+))?\s*$/gm;
const PIN = /^([\w.-]+\/[\w./-]+)@([0-9a-f]{40})$/;

export function checkPins(folder: GithubFolder): string[] {
  const problems: string[] = [];
  const pins = new Map<string, string>();
  for (const { path, text } of [...folder.workflows, ...folder.actions]) {
    for (const [, used, version] of text.matchAll(USES)) {
      if (used!.startsWith('./')) continue;
      const [, action, digest] = PIN.exec(used!) ?? [];
      const pin = `${digest} # ${version}`;
      if (!action) problems.push(`${path}: ${used} is not pinned by the digest of a commit`);
      else if (!/^v\d+\.\d+\.\d+$/.test(version ?? ''))
        problems.push(`${path}: ${used} has no comment with its version`);
      else if ((pins.get(action) ?? pin) !== pin)
        problems.push(`${path}: ${action} is pinned to another commit elsewhere`);
      else pins.set(action, pin);
    }
  }
  return [...problems, ...unknownActions(folder), ...looseImages(folder)];
}

/** Looked up in what was parsed, so that no way to write it gets past the expression above. */
function unknownActions(folder: GithubFolder): string[] {
  const lines = new Set([...folder.workflows, ...folder.actions].flatMap(({ text }) => usesIn(text)));
  return stepsOf(folder).flatMap(({ step, where }) => {
    if (!step.uses || step.uses.startsWith('./')) return [];
    const inputs = KNOWN[step.uses.split('@')[0]!];
    if (!lines.has(step.uses)) return [`${where}: write uses on a line of its own`];
    if (!inputs) return [`${where}: ${step.uses} is none of the actions in scripts/verify/workflows/pins.ts`];
    return Object.keys(step.with ?? {})
      .filter((input) => !inputs.includes(input))
      .map((input) => `${where}: ${step.uses} has no input ${input} that is known here`);
  });
}

const usesIn = (text: string) => [...text.matchAll(USES)].map(([, used]) => used!);

function looseImages(folder: GithubFolder): string[] {
  const images = jobsOf(folder).flatMap(({ where, job }) =>
    [job.container, ...Object.values(job.services ?? {})].flatMap((container) => {
      const { image } = (container ?? {}) as { image?: string };
      return image ? [{ where, image }] : [];
    }),
  );
  const nodes = stepsOf(folder).flatMap(({ where, step }) => {
    const image = step.with?.node_image as string | undefined;
    return image && !/:v[\d.]+@sha256:[0-9a-f]{64}$/.test(image)
      ? [`${where}: ${image} has no tag and digest`]
      : [];
  });
  const loose = images.filter(({ image }) => !/:(?!latest)[\w.${ }-]+$/.test(image));
  return [...loose.map(({ where, image }) => `${where}: ${image} has no tag that stays`), ...nodes];
}

// What a job may do: nothing, or what its steps show that it needs.
import { type GithubFolder, type Job, type JobPlace, jobsOf, type Workflow } from './files.ts';

/** What a job with this right does. */
const NEEDS: Record<string, RegExp> = {
  'contents:read': /uses: (actions\/checkout|\.\/\.github\/workflows)/,
  'contents:write': /gh release create/,
  'packages:read': /docker login/,
  'packages:write': /docker login/,
  'id-token:write': /\.github\/scripts\/(sign|publish-charts)\.sh/,
};

export function checkPermissions(folder: GithubFolder): string[] {
  const places = jobsOf(folder);
  return [
    ...folder.workflows
      .filter(({ content }) => Object.keys((content.permissions as object) ?? { missing: true }).length > 0)
      .map(({ path }) => `${path}: the workflow itself must have no rights: permissions: {}`),
    ...places.flatMap((place) => problemsOf(place, places)),
    ...places.flatMap(({ where, job }) => keptCredentials(where, job)),
  ];
}

function problemsOf({ where, file, job }: JobPlace, all: JobPlace[]): string[] {
  if (!job.permissions) return [`${where}: does not say which rights it needs`];
  const rights = rightsOf(job);
  const work = [
    `uses: ${job.uses}`,
    ...(job.steps ?? []).flatMap(({ uses, run }) => [`uses: ${uses}`, run]),
  ].join('\n');
  const called = all.filter(({ file: { path } }) => job.uses === `./${path}`);
  return [
    ...rights
      .filter((right) => !NEEDS[right]?.test(work))
      .map((right) => `${where}: has ${right} and does not need it`),
    ...rights
      .filter((right) => right.endsWith(':write') && !isRelease(file))
      .map((right) => `${where}: only a release may have ${right}`),
    // GitHub refuses the whole file.
    ...called.flatMap((inner) =>
      rightsOf(inner.job)
        .filter((right) => !rights.includes(right))
        .map((right) => `${where}: gives no ${right} to ${inner.where}`),
    ),
    ...('secrets' in job ? [`${where}: hands secrets on`] : []),
  ];
}

function rightsOf({ permissions }: Job): string[] {
  return Object.entries((permissions as object) ?? {}).map(([name, access]) => `${name}:${access}`);
}

/** Only those who may push a tag start it: no pull request, no branch. */
function isRelease({ content: { on } }: Workflow): boolean {
  const push = on.push as { tags?: string[]; branches?: string[] } | undefined;
  return Object.keys(on).join() === 'push' && push?.tags !== undefined && push.branches === undefined;
}

function keptCredentials(where: string, { steps = [] }: Job): string[] {
  const kept = steps.filter(
    ({ uses, with: inputs }) =>
      uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false,
  );
  return kept.map(() => `${where}: checks out with credentials that later steps could take`);
}

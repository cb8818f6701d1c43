// No job without an end, no second run beside one that it replaces, no shell that goes on after an error.
import { type GithubFolder, jobsOf } from './files.ts';

const LONGEST_MINUTES = 120;

export function checkLimits(folder: GithubFolder): string[] {
  return [
    ...jobsOf(folder).flatMap(({ where, job }) => {
      const minutes = job['timeout-minutes'] as number | undefined;
      if (job.uses) return [];
      if (minutes === undefined) return [`${where}: has no timeout-minutes`];
      return minutes > LONGEST_MINUTES ? [`${where}: may take more than ${LONGEST_MINUTES} minutes`] : [];
    }),
    ...folder.workflows.flatMap(({ path, content }) => {
      const problems: string[] = [];
      const triggers = Object.keys(content.on ?? {});
      const own = path
        .split('/')
        .at(-1)!
        .replace(/\.yml$/, '');
      const { group } = (content.concurrency ?? {}) as { group?: string };
      // A called workflow has the name and the branch of its caller: with those it would wait for itself.
      if (triggers.join() !== 'workflow_call' && group !== `${own}-\${{ github.ref }}`)
        problems.push(`${path}: its concurrency group is not ${own}-\${{ github.ref }}`);
      const runs = Object.values(content.jobs ?? {}).some(({ steps }) => steps?.some(({ run }) => run));
      // In a container the shell is sh otherwise; and only a bash that is asked for fails in the middle of a pipe.
      if (runs && !content.defaults) problems.push(`${path}: does not say that its shell is bash`);
      return problems;
    }),
  ];
}

// The workflows of .github, which only GitHub can run: what can be told about them without it.
import type { Checklist } from '../suites/checklist.ts';
import { type GithubFolder, readGithubFolder } from './workflows/files.ts';
import { checkInjection } from './workflows/injection.ts';
import { checkLimits } from './workflows/limits.ts';
import { checkPathFilters } from './workflows/path-filters.ts';
import { checkPermissions } from './workflows/permissions.ts';
import { checkPins } from './workflows/pins.ts';
import {
  checkAttestations,
  checkDependabot,
  checkImages,
  checkServices,
  checkWhole,
} from './workflows/product.ts';
import { checkReferences } from './workflows/references.ts';
import { checkFilesOfScripts, checkSyntax, checkVariables } from './workflows/scripts.ts';
import { checkStructure } from './workflows/structure.ts';
import { checkTargets } from './workflows/targets.ts';

const CHECKS: Record<string, (folder: GithubFolder) => string[] | Promise<string[]>> = {
  'every key is known': checkStructure,
  'what others wrote is pinned': checkPins,
  'jobs have the rights that they need': checkPermissions,
  'jobs have limits': checkLimits,
  'no stranger writes a script': checkInjection,
  'expressions name what exists': checkReferences,
  'make has the targets': checkTargets,
  'scripts name files that exist': checkFilesOfScripts,
  'scripts use variables that are set': checkVariables,
  'bash reads the scripts': checkSyntax,
  'a change starts the workflows of what it changes': checkPathFilters,
  'every service is in them': checkServices,
  'every test is in them': checkWhole,
  'images are attested': checkAttestations,
  'tests run on what is shipped': checkImages,
  'dependabot looks at what exists': checkDependabot,
};

export async function checkWorkflows(checks: Checklist): Promise<void> {
  const folder = await checks.check('workflows: are YAML', readGithubFolder);
  if (!folder) return;
  for (const [name, find] of Object.entries(CHECKS)) {
    await checks.check(`workflows: ${name}`, async () => {
      const problems = await find(folder);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    });
  }
}

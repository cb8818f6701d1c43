/** A problem that whoever deploys can solve; its message is the whole story. */
export class DeployProblem extends Error {
  override readonly name = 'DeployProblem';
}

/** Runs a command's work and answers its exit code by process.exitCode; a bug keeps its stack. */
export async function main(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof DeployProblem ? error.message : error);
    process.exitCode = 1;
  }
}

/** A problem that the developer can solve; its message is the whole story. */
export class DevProblem extends Error {
  override readonly name = 'DevProblem';
}

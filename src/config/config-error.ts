/** One thing that is wrong with the configuration. No value of a secret may stand in it. */
export interface ConfigProblem {
  /** The file with its line, the environment variable or the flag. */
  readonly source: string;
  /** Dotted path of the setting, '' for the whole. */
  readonly path: string;
  readonly message: string;
  /** What to write instead. */
  readonly fix: string;
}

/** The configuration can not be used. It lists everything that is wrong, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(describeProblem).join('\n'));
    this.problems = problems;
  }
}

function describeProblem(problem: ConfigProblem): string {
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${problem.source}: ${path}${problem.message}. ${problem.fix}`;
}

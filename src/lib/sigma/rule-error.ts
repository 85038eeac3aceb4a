/** Why a rule was not loaded. `rules check` prints these, one line each. */
export interface RuleProblem {
  readonly path: string;
  /** Title of the rule, or its place in the file when it has none. */
  readonly ruleTitle: string;
  readonly message: string;
}

/** Thrown while one rule is read and caught there, so that a bad rule never stops the others. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/** Refuses the rule that is being read. The message names the place and what would be right. */
export function refuse(message: string): never {
  throw new RuleError(message);
}

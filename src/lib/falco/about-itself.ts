/** How the rules of Falco's messages about itself begin. */
export const INTERNAL_RULE = 'Falco internal:';
/** Their source, which old versions do not say. */
export const INTERNAL_SOURCE = 'internal';

/** Is a record of this rule and source a message of Falco about itself? */
export const isAboutItself = (rule: unknown, source: unknown): boolean =>
  source === INTERNAL_SOURCE || (typeof rule === 'string' && rule.startsWith(INTERNAL_RULE));

/** What the numbers mean that `eyrie` ends with. Above 2 they follow the old sysexits list. */
export const EXIT = {
  ok: 0,
  /** It ran, but an expectation or a verification did not hold, the doctor found a fault, or an action was refused. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** An input file or the database cannot be read. */
  badData: 65,
  /** The server cannot be reached, fails, or refuses the credential. */
  unavailable: 69,
  /** A fault of Eyrie itself. */
  internal: 70,
  /** Somebody else holds the database, or the server is full: try again later. */
  tryAgain: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The paragraph that stands below every help text. */
export const EXIT_CODE_HELP = `
Exit codes:
  0   all went well
  1   an expectation or a verification did not hold, the doctor found something wrong, or an
      action was refused
  2   the command line, the address or the configuration is wrong
  65  an input file or the database cannot be read
  69  the server cannot be reached or refused the credential
  70  a fault of Eyrie itself; please report it
  75  the database or the port is in use, or the server is full: try again later`;

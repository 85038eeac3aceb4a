/** How the lines begin that the sensors' programs write about themselves. */
const LOG_LINES: readonly RegExp[] = [
  // Falco: `Thu Nov 23 10:00:00 2026: Loading rules`, or with an ISO time.
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}: /,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d): /,
  // Falco's summary at its end.
  /^(?:Events detected: \d|Rule counts by severity:|Triggered rules by rule name:)/,
  /^[A-Z]{4,13}: \d{1,20}$/,
  // Tetragon and other programs in Go: logrus, slog, klog and the plain log.
  /^(?:time=|level=|ts=)\S/,
  /^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d/,
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /,
];
const PRIORITIES = 'Emergency|Alert|Critical|Error|Warning|Notice|Informational|Debug';
const TEXT_ALERT = new RegExp(
  String.raw`^(?:\d\d:\d\d:\d\d\.\d{9}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d{4})): (?:${PRIORITIES}) `,
);

/** Is this line an alert as Falco prints it with JSON turned off? Then an event is lost with it. */
export const isTextAlert = (line: string): boolean => TEXT_ALERT.test(line);

/** Is this surely a line of a sensor's own log? */
export const isAgentLog = (line: string): boolean =>
  LOG_LINES.some((form) => form.test(line)) && !isTextAlert(line);

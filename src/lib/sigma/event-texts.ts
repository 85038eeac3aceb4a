import type { FieldValue, SecurityEvent } from '../../model/security-event.ts';

/** Every text of an event that keywords search: of its process, its call and its alert. */
export function textsOf(event: SecurityEvent): string[] {
  const texts: string[] = [];
  for (const facts of [event.process, event.parent]) {
    if (facts !== null) addTexts(texts, [facts.binary, facts.commandLine, facts.cwd]);
  }
  addTexts(texts, [event.file, event.network?.destinationIp ?? null]);
  if (event.hook !== null) {
    const { hook } = event;
    addTexts(texts, [hook.functionName, hook.path]);
    for (const argument of hook.arguments) addTexts(texts, [argument.value]);
    for (const datum of hook.data) addTexts(texts, [datum.value]);
  }
  if (event.alert !== null) {
    texts.push(event.alert.rule, event.alert.output);
    addTexts(texts, [...event.alert.fields.values()]);
  }
  return texts;
}

function addTexts(texts: string[], values: readonly FieldValue[]): void {
  for (const value of values) {
    if (value === null || value === '') continue;
    if (typeof value === 'object') addTexts(texts, value);
    else texts.push(String(value));
  }
}

// Writes docs/FIELDS.md from the guide: npx node docs/generate-fields.ts
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { FIELD_GUIDE, type FieldGroup, type GuidedField } from './field-guide.ts';

const PAGE = new URL('FIELDS.md', import.meta.url);

const INTRODUCTION = `# Fields

The names that rules use, and what each is read from. This page is written by
\`npx node docs/generate-fields.ts\`; a test holds that it names every field there is, and that the
samples in \`fixtures/\` fill each of them from each sensor that is said to have it.

A field that an event does not have is absent: a test for it fails, and a correlation that groups by
it passes the event over and counts it. Several sources in one cell stand in the order in which they
are tried.
`;

/** The page as the guide makes it today. */
export async function fieldsPage(): Promise<string> {
  const text = [INTRODUCTION, ...FIELD_GUIDE.map(sectionOf)].join('\n');
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}

function sectionOf({ title, about, fields }: FieldGroup): string {
  const head = ['| field | what | Tetragon | Falco | Eyrie |', '|---|---|---|---|---|'];
  return [`## ${title}`, '', about, '', ...head, ...fields.map(rowOf), ''].join('\n');
}

const rowOf = ({ name, meaning, tetragon, falco, eyrie }: GuidedField): string =>
  `| \`${name}\` | ${meaning} | ${tetragon ?? ''} | ${falco ?? ''} | ${eyrie ?? ''} |`;

if (import.meta.main) writeFileSync(PAGE, await fieldsPage());

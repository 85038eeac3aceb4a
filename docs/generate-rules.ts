// Writes the table of rules into docs/RULES.md: npx node docs/generate-rules.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { compileRuleSet } from '../src/detect/compile-rule-set.ts';
import { readRulesFolder } from '../src/ingest/rules-folder.ts';
import { policiesByRule } from './tetragon-policies.ts';
import type { RuleHead } from '../src/lib/sigma/rule-document.ts';
import type { RuleSet } from '../src/lib/sigma/rule-set.ts';

const PAGE = new URL('RULES.md', import.meta.url);
const RULES = fileURLToPath(new URL('../rules', import.meta.url));
const BEGIN = '<!-- the table below is generated: npx node docs/generate-rules.ts -->';
const END = '<!-- end of the generated table -->';

const HEAD = ['| rule | kind | level | techniques | Tetragon policy |', '|---|---|---|---|---|'];
const POLICIES = 'deploy/tetragon';

/** The page with its table made anew; the text around it is kept. */
export async function rulesPage(): Promise<string> {
  const { files } = await readRulesFolder(RULES);
  const { ruleSet } = compileRuleSet(files);
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  const table = tableOf(ruleSet, policiesByRule(files, ruleSet));
  const text = `${page.slice(0, begin)}\n\n${table}\n\n${page.slice(end)}`;
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}

type Policies = ReadonlyMap<string, readonly string[]>;

function tableOf({ detections, correlations }: RuleSet, policies: Policies): string {
  const rowOf = (rule: RuleHead, kind: string): string => {
    const { title, path, level, attack } = rule;
    const links = (policies.get(rule.ruleId) ?? []).map((file) => `[${file}](${POLICIES}/${file})`);
    return `| [${title}](../rules/${path}) | ${kind} | ${level} | ${attack.techniques.join(', ')} | ${links.join(', ')} |`;
  };
  const rows = [
    ...detections.map((rule) => rowOf(rule, 'detection')),
    ...correlations.map((rule) => rowOf(rule, `correlation, ${rule.correlation.type}`)),
  ];
  return [...HEAD, ...rows].join('\n');
}

if (import.meta.main) writeFileSync(PAGE, await rulesPage());

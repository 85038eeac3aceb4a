import type { RuleFile } from '../../model/observation.ts';
import { parseCorrelation, type CorrelationDocument } from './correlation-document.ts';
import { parseDetection } from './detection.ts';
import { classOfLogsource } from './event-class.ts';
import { isFalcoLevels, readFalcoLevels, type FalcoLevel } from './falco-levels.ts';
import { resolveReferences, type ResolvedCorrelation } from './references.ts';
import { parseHead, type RuleHead } from './rule-document.ts';
import { refuse, RuleError, type RuleProblem } from './rule-error.ts';
import { fieldsOf, type Search } from './search.ts';
import { accessorFor } from './taxonomy.ts';
import { isYamlMap, readYamlDocuments, yamlGet, type YamlMap } from './yaml-documents.ts';

/** A detection rule, read and checked. */
export interface DetectionDocument extends RuleHead {
  readonly search: Search;
  /** Event classes, as bits that must all be set. */
  readonly eventClass: number;
  /** What its logsource says of how a sensor has to be set up, '' if nothing. */
  readonly definition: string;
}

/** Everything a set of rule files says. Rules that are broken are missing and listed as problems. */
export interface RuleSet {
  /** In the order of paths and documents. */
  readonly detections: readonly DetectionDocument[];
  /** Correlations behind those that they refer to. */
  readonly correlations: readonly ResolvedCorrelation[];
  readonly falcoLevels: ReadonlyMap<string, FalcoLevel>;
  readonly problems: readonly RuleProblem[];
}

/** Which logsources and fields there are; replaced where rules judge something else than events. */
export interface Vocabulary {
  classOfLogsource(logsource: YamlMap): number;
  hasField(field: string): boolean;
}

const EVENT_VOCABULARY: Vocabulary = {
  classOfLogsource,
  hasField: (field) => accessorFor(field) !== null,
};

interface Shelf {
  /** Rules by id and by name: a reference must mean one rule. */
  readonly taken: Map<string, RuleHead>;
  readonly detections: DetectionDocument[];
  readonly correlations: CorrelationDocument[];
  readonly problems: RuleProblem[];
}

/** Reads rule files; the order in which they are given does not matter. */
export function parseRuleSet(
  files: readonly RuleFile[],
  vocabulary: Vocabulary = EVENT_VOCABULARY,
): RuleSet {
  const shelf: Shelf = { taken: new Map(), detections: [], correlations: [], problems: [] };
  const falcoLevels = new Map<string, FalcoLevel>();
  for (const file of files.toSorted(comparePaths)) {
    if (isFalcoLevels(file.path)) shelf.problems.push(...readFalcoLevels(file, falcoLevels));
    else readFile(file, shelf, vocabulary);
  }
  const { correlations, problems } = resolveReferences(shelf.detections, shelf.correlations);
  return {
    detections: shelf.detections,
    correlations,
    falcoLevels,
    problems: [...shelf.problems, ...problems],
  };
}

const comparePaths = (left: RuleFile, right: RuleFile): number =>
  left.path < right.path ? -1 : left.path > right.path ? 1 : 0;

function readFile(file: RuleFile, shelf: Shelf, vocabulary: Vocabulary): void {
  readYamlDocuments(file.text).forEach(({ content, error }, index) => {
    const place = `document ${index + 1}`;
    const title = content === null ? undefined : yamlGet(content, 'title');
    const ruleTitle = typeof title === 'string' ? title : place;
    try {
      if (content === null) refuse(error ?? 'unreadable');
      else readRule(file.path, content, { shelf, vocabulary });
    } catch (failure) {
      if (!(failure instanceof RuleError)) throw failure;
      shelf.problems.push({ path: file.path, ruleTitle, message: failure.message });
    }
  });
}

function readRule(
  path: string,
  map: YamlMap,
  { shelf, vocabulary }: { shelf: Shelf; vocabulary: Vocabulary },
): void {
  if (yamlGet(map, 'action') !== undefined)
    refuse("'action' documents of Sigma 1 are not supported");
  if (yamlGet(map, 'filter') !== undefined) refuse('filter rules are not supported yet');
  const head = parseHead(path, map);
  const twin = shelf.taken.get(head.ruleId) ?? shelf.taken.get(head.name ?? head.ruleId);
  if (twin !== undefined) refuse(`id or name is already taken by '${twin.title}' in ${twin.path}`);
  if (head.ruleId.startsWith('falco/'))
    refuse("ids that begin with 'falco/' are Falco's own rules");
  const correlation = yamlGet(map, 'correlation');
  if (correlation !== undefined) {
    const document = { ...head, correlation: parseCorrelation(correlation) };
    checkFields(correlationFields(document), vocabulary);
    shelf.correlations.push(document);
  } else {
    shelf.detections.push({ ...head, ...readDetection(map, vocabulary) });
  }
  shelf.taken.set(head.ruleId, head);
  if (head.name !== null) shelf.taken.set(head.name, head);
}

function readDetection(
  map: YamlMap,
  vocabulary: Vocabulary,
): Pick<DetectionDocument, 'search' | 'eventClass' | 'definition'> {
  const logsource = yamlGet(map, 'logsource');
  const detection = yamlGet(map, 'detection');
  if (!isYamlMap(logsource)) return refuse('logsource is missing');
  if (!isYamlMap(detection)) return refuse('detection is missing');
  const eventClass = vocabulary.classOfLogsource(logsource);
  const search = parseDetection(detection);
  checkFields([...fieldsOf(search)], vocabulary);
  const definition = yamlGet(logsource, 'definition');
  return { search, eventClass, definition: typeof definition === 'string' ? definition : '' };
}

function checkFields(fields: readonly string[], vocabulary: Vocabulary): void {
  const unknown = fields.find((field) => !vocabulary.hasField(field));
  if (unknown !== undefined) refuse(`no sensor here has a field '${unknown}'`);
}

function correlationFields({ correlation }: CorrelationDocument): string[] {
  const groupFields = correlation.groupBy.flatMap(({ name, fieldOf }) =>
    fieldOf === null ? [name] : [...fieldOf.values()],
  );
  return [...groupFields, ...correlation.valueFields];
}

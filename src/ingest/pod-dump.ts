import { type JsonObject, asObject } from '../lib/json-object.ts';
import type { Micros } from '../model/micros.ts';
import type { KubernetesChange } from '../model/observation.ts';

import { trimPod } from './trim-pod.ts';

export interface PodDump {
  /** One per pod, in the order of the dump. */
  readonly changes: readonly KubernetesChange[];
  /** False if nothing in it is what it should be; a list without any pod is. */
  readonly usable: boolean;
  /** Sentences about what could not be read; empty if all is well. */
  readonly problems: readonly string[];
}

const HOW = 'expected the output of `kubectl get pods -A -o json`';
const PROBLEMS_MAX = 20;

/**
 * Reads a dump of pods: a v1 List, a plain array, one pod, or one of these per line. Other kinds of
 * objects are passed over. Keeps only what the catalogue needs: no environment, arguments,
 * annotations or volumes. Never throws; what is wrong is said in `problems`.
 */
export function trimPodDump(
  dump: string | object,
  options: { readonly cluster: string; readonly at: Micros },
): PodDump {
  const problems: string[] = [];
  const changes: KubernetesChange[] = [];
  const documents = typeof dump === 'string' ? parse(dump, problems) : [dump];
  const items = documents.flatMap((document) => itemsOf(document, problems));
  for (const [index, item] of items.entries()) {
    const trimmed = trimPod(item);
    if ('problem' in trimmed) problems.push(`Item ${index + 1}: ${trimmed.problem}.`);
    else changes.push({ kind: 'pod', cluster: options.cluster, pod: trimmed.pod, at: options.at });
  }
  const usable = changes.length > 0 || (problems.length === 0 && documents.some(isList));
  if (changes.length === 0 && problems.length === 0) problems.push(`No pods in it; ${HOW}.`);
  return { changes, usable, problems: shorten(problems) };
}

function parse(text: string, problems: string[]): unknown[] {
  const body = text.replace(/^\uFEFF/, '').trim();
  if (body === '') {
    problems.push(`The pod dump is empty; ${HOW}.`);
    return [];
  }
  try {
    return [JSON.parse(body)];
  } catch (error) {
    const lines = parseLines(body, problems);
    if (lines !== null) return lines;
    problems.push(`The pod dump is not JSON (${reasonOf(body, error)}); ${HOW}.`);
    return [];
  }
}

/** One JSON document per line; null if not even the first line is one. */
function parseLines(body: string, problems: string[]): unknown[] | null {
  const documents: unknown[] = [];
  const lineProblems: string[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      documents.push(JSON.parse(line));
    } catch {
      if (documents.length === 0) return null;
      lineProblems.push(`Line ${index + 1} is not JSON, or was cut.`);
    }
  }
  problems.push(...lineProblems);
  return documents.every((document) => typeof document === 'object') ? documents : null;
}

function reasonOf(body: string, error: unknown): string {
  if (/^NAMESPACE\s|^NAME\s/.test(body)) return 'this is the table for humans';
  if (/^(?:---|apiVersion:|items:|kind:)/.test(body)) return 'this looks like YAML';
  return error instanceof Error ? error.message : 'unreadable';
}

/** The objects of a List, an array or a single object that claim to be pods, or do not say. */
function itemsOf(document: unknown, problems: string[]): JsonObject[] {
  if (Array.isArray(document)) return document.flatMap((item) => itemsOf(item, problems));
  const object = asObject(document);
  if (object === null) {
    problems.push(`Found ${describe(document)} where a pod was expected; ${HOW}.`);
    return [];
  }
  const { kind, items } = object;
  if (Array.isArray(items)) {
    const isPodList = kind === 'PodList';
    return items.flatMap((item: unknown) => {
      const inner = asObject(item);
      const isBare = isPodList && inner !== null && inner['kind'] === undefined;
      return isBare ? [inner] : itemsOf(item, problems);
    });
  }
  if (kind === 'Status') problems.push(`Kubernetes answered: ${String(object['message'])}.`);
  return kind === 'Pod' ? [object] : [];
}

const isList = (document: unknown): boolean =>
  Array.isArray(document) || Array.isArray(asObject(document)?.['items']);

const describe = (value: unknown): string => (value === null ? 'null' : `a ${typeof value}`);

function shorten(problems: readonly string[]): readonly string[] {
  if (problems.length <= PROBLEMS_MAX) return problems;
  const more = problems.length - PROBLEMS_MAX;
  return [...problems.slice(0, PROBLEMS_MAX), `And ${more} more of this kind.`];
}

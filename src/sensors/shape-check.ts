import { Ajv, type AnySchema } from 'ajv';
import tetragonArgument from '../../schemas/tetragon-argument.json' with { type: 'json' };
import tetragonProcess from '../../schemas/tetragon-process.json' with { type: 'json' };
import { flatText } from '../lib/flat-text.ts';

/** The first thing wrong with a value. */
interface ShapeFault {
  /** Does identity or time depend on the place? Then the record can not be used. */
  readonly essential: boolean;
  /** A sentence that names the place. */
  readonly detail: string;
}

/** Null if the value has the shape. */
export type ShapeCheck = (value: unknown) => ShapeFault | null;

const DETAIL_CHARS_MAX = 200;

/**
 * Compiles a schema. Valid values cost one quick pass; only a fault pays for the full list of
 * errors, from which the essential ones are named first.
 *
 * @param essentialPaths JSON pointers whose type must be right; '' is the record itself.
 */
export function createShapeCheck(schema: AnySchema, essentialPaths: readonly string[]): ShapeCheck {
  const isValid = newAjv(false).compile(schema);
  const explain = newAjv(true).compile(schema);
  const essential = new Set(essentialPaths);
  return (value) => {
    if (isValid(value) || explain(value)) return null;
    const errors = explain.errors ?? [];
    const worst = errors.find((error) => essential.has(error.instancePath));
    const shown = worst ?? errors[0];
    const place = shown === undefined || shown.instancePath === '' ? '/' : shown.instancePath;
    const detail = `At ${place}: ${shown?.message ?? 'another shape'}.`;
    return { essential: worst !== undefined, detail: flatText(detail.slice(0, DETAIL_CHARS_MAX)) };
  };
}

/** Union types are meant: encoders differ in how they write a number. */
function newAjv(allErrors: boolean): Ajv {
  const ajv = new Ajv({ allErrors, allowUnionTypes: true });
  ajv.addSchema([tetragonProcess, tetragonArgument]);
  return ajv;
}

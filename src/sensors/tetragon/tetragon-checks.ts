import execSchema from '../../../schemas/tetragon-exec.json' with { type: 'json' };
import exitSchema from '../../../schemas/tetragon-exit.json' with { type: 'json' };
import kprobeSchema from '../../../schemas/tetragon-kprobe.json' with { type: 'json' };
import loaderSchema from '../../../schemas/tetragon-loader.json' with { type: 'json' };
import lsmSchema from '../../../schemas/tetragon-lsm.json' with { type: 'json' };
import otherSchema from '../../../schemas/tetragon-other.json' with { type: 'json' };
import rateLimitSchema from '../../../schemas/tetragon-rate-limit.json' with { type: 'json' };
import testSchema from '../../../schemas/tetragon-test.json' with { type: 'json' };
import throttleSchema from '../../../schemas/tetragon-throttle.json' with { type: 'json' };
import tracepointSchema from '../../../schemas/tetragon-tracepoint.json' with { type: 'json' };
import uprobeSchema from '../../../schemas/tetragon-uprobe.json' with { type: 'json' };
import usdtSchema from '../../../schemas/tetragon-usdt.json' with { type: 'json' };
import { createShapeCheck, type ShapeCheck } from '../shape-check.ts';

type Schema = Parameters<typeof createShapeCheck>[0];

/** Members whose type must be right, because identity depends on them. */
const IDENTITY_MEMBERS = [
  'process',
  'process/exec_id',
  'function_name',
  'subsys',
  'event',
  'symbol',
  'provider',
  'name',
  'path',
  'args',
] as const;

const checkOf = (member: string, schema: Schema): readonly [string, ShapeCheck] => [
  member,
  createShapeCheck(schema, [
    '',
    '/time',
    '/node_name',
    `/${member}`,
    ...IDENTITY_MEMBERS.map((name) => `/${member}/${name}`),
  ]),
];

const CHECKS: ReadonlyMap<string, ShapeCheck> = new Map([
  checkOf('process_exec', execSchema),
  checkOf('process_exit', exitSchema),
  checkOf('process_kprobe', kprobeSchema),
  checkOf('process_tracepoint', tracepointSchema),
  checkOf('process_lsm', lsmSchema),
  checkOf('process_uprobe', uprobeSchema),
  checkOf('process_usdt', usdtSchema),
  checkOf('process_loader', loaderSchema),
  checkOf('process_throttle', throttleSchema),
  checkOf('rate_limit_info', rateLimitSchema),
  checkOf('test', testSchema),
]);
const [, checkOther] = checkOf('', otherSchema);

/** The check of a record whose event stands in this member. */
export const checkFor = (member: string): ShapeCheck => CHECKS.get(member) ?? checkOther;

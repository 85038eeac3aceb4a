// What sensors and shippers have to be told so that their events reach this server.

/** Where a server takes events, and what it wants to be shown. */
export interface Door {
  /** Address that sensors can reach, without a slash at its end. */
  readonly url: string;
  /** Null where none is asked for. */
  readonly secret: string | null;
}

/** Fields by which a Falco alert finds its process and pod; all are Falco's own or its container plugin's. */
const EXTRA_FIELDS = [
  'proc.pid',
  'proc.ppid',
  'proc.vpid',
  'proc.pid.ts',
  'proc.exepath',
  'proc.cmdline',
  'proc.pexepath',
  'container.full_id',
  'k8s.pod.uid',
  'evt.hostname',
  'evt.type',
];

/** `append_output` of falco.yaml: with it a join is exact, without it there is none. */
export const APPEND_OUTPUT_LINES: readonly string[] = [
  'append_output:',
  '  - suggested_output: true',
  '  - match: { source: syscall }',
  '    extra_fields:',
  ...EXTRA_FIELDS.map((field) => `      - ${field}`),
];

/** Falco's own figures, from which Eyrie knows its version and what it lost. */
export const FALCO_METRICS_LINES: readonly string[] = [
  'metrics:',
  '  enabled: true',
  '  interval: 15m',
  '  output_rule: true',
];

/** Falco can send no header of its own, so its secret stands in the path. */
const falcoUrl = ({ url, secret }: Door): string =>
  `${url}/v1/ingest/falco${secret === null ? '' : `/${secret}`}`;

/** Lines for falco.yaml, or below `falco:` in the values of its Helm chart. */
export const falcoLines = (door: Door): readonly string[] => [
  'json_output: true',
  'http_output:',
  '  enabled: true',
  `  url: ${falcoUrl(door)}`,
  ...APPEND_OUTPUT_LINES,
  ...FALCO_METRICS_LINES,
];

/** Lines for the configuration of falcosidekick. */
export const falcosidekickLines = ({ url, secret }: Door): readonly string[] => [
  'webhook:',
  `  address: ${url}/v1/ingest/falco`,
  ...(secret === null ? [] : ['  customHeaders:', `    X-Eyrie-Secret: ${secret}`]),
];

export const TETRAGON_LOG = '/var/run/cilium/tetragon/tetragon.log';

/** Values for the Helm chart of Tetragon. Its own deny list also hides the node and kube-system. */
export const TETRAGON_HELM_LINES: readonly string[] = [
  'tetragon:',
  '  exportFilename: tetragon.log',
  '  exportFilePerm: "640"',
  '  exportDenyList: |-',
  '    {"health_check":true}',
];

/** A Vector configuration that ships Tetragon's log. */
export const vectorLines = ({ url, secret }: Door): readonly string[] => [
  'sources:',
  '  tetragon:',
  '    type: file',
  `    include: [${TETRAGON_LOG}]`,
  'sinks:',
  '  eyrie:',
  '    type: http',
  '    inputs: [tetragon]',
  `    uri: ${url}/v1/ingest/tetragon`,
  '    encoding: { codec: text }',
  '    framing: { method: newline_delimited }',
  '    compression: gzip',
  '    acknowledgements: { enabled: true }',
  ...(secret === null
    ? []
    : ['    request:', '      headers:', `        X-Eyrie-Secret: ${secret}`]),
];

/** A Fluent Bit configuration (YAML) that ships Tetragon's log. */
export function fluentBitLines({ url, secret }: Door): readonly string[] {
  const { protocol, hostname, port, pathname } = new URL(url);
  const isTls = protocol === 'https:';
  const path = pathname === '/' ? '' : pathname;
  return [
    'pipeline:',
    '  inputs:',
    '    - name: tail',
    `      path: ${TETRAGON_LOG}`,
    '      tag: tetragon',
    // Where it was stands in a file, so that a restart neither skips nor repeats.
    '      db: /var/log/flb-tetragon.db',
    '      read_from_head: on',
    // Eyrie takes events up to 1 MiB, the usual buffer holds 32 kB. At a line that does not fit the
    // whole file is given up, unless such lines are skipped; Eyrie would refuse them anyway.
    '      buffer_max_size: 2M',
    '      skip_long_lines: on',
    '  outputs:',
    '    - name: http',
    '      match: tetragon',
    `      host: ${hostname.replace(/^\[(.*)\]$/, '$1')}`,
    `      port: ${port === '' ? (isTls ? 443 : 80) : port}`,
    ...(isTls ? ['      tls: on'] : []),
    `      uri: ${path}/v1/ingest/tetragon`,
    '      format: json_lines',
    '      retry_limit: no_limits',
    ...(secret === null ? [] : [`      header: X-Eyrie-Secret ${secret}`]),
  ];
}

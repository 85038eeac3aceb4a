const TIMESPAN = { type: 'string', pattern: '^[0-9]{1,9}[smhd]$' } as const;

/** JSON schema of the `eyrie:` map; `schemas/eyrie-rule-extension.json` is the same for editors. */
export const RULE_EXTENSION_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'The eyrie map of a Sigma rule',
  type: 'object',
  additionalProperties: false,
  properties: {
    suppress: {
      ...TIMESPAN,
      description:
        'How long a correlation stays quiet for a group after a match; its timespan if absent.',
    },
    window: { enum: ['sliding', 'session', 'tumbling'], description: 'Reserved.' },
    timespanMax: { ...TIMESPAN, description: 'Reserved.' },
    lateness: { ...TIMESPAN, description: 'Reserved.' },
    null_group: {
      type: 'boolean',
      description: 'Events without a group-by field form a group instead of being left out.',
    },
    risk: {
      type: 'object',
      additionalProperties: false,
      required: ['score'],
      properties: {
        score: { type: 'integer', minimum: 0, maximum: 100 },
        entity: { type: 'array', items: { type: 'string' }, maxItems: 10 },
      },
    },
    entity: { type: 'string', description: 'Reserved: the field a finding of this rule is about.' },
    merge: {
      type: 'boolean',
      description: 'Whether the open incidents the evidence of a match lies in become one.',
    },
    absence: { enum: ['preceding', 'following'], description: 'Reserved.' },
    runbook: {
      type: 'array',
      maxItems: 20,
      items: { type: 'string', minLength: 1, maxLength: 500 },
      description: 'Questions an analyst works through, in order.',
    },
    tests: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'match'],
        oneOf: [{ required: ['event'] }, { required: ['events'] }, { required: ['lines'] }],
        properties: {
          name: { type: 'string', minLength: 1 },
          match: { type: 'boolean', description: 'Whether the rule must match at least once.' },
          event: { type: 'object', description: 'One raw sensor event.' },
          events: { type: 'array', minItems: 1, items: { type: 'object' } },
          lines: {
            type: 'string',
            minLength: 1,
            description: 'Raw sensor events, one JSON a line.',
          },
        },
      },
    },
  },
} as const;

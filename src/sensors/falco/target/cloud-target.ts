import type { LogFamily } from '../../../lib/falco/log-family.ts';
import type { TargetFacts } from '../../../model/security-event.ts';
import type { FieldReader } from '../../field-reader.ts';
import { type OutputFields, textField } from '../output-fields.ts';

type Cloud = Exclude<LogFamily, 'kubernetes'>;

/** The fields that name one thing; the first that has a value counts. */
type Fields = readonly string[];

interface Names {
  readonly kind: TargetFacts['kind'];
  readonly resource: Fields;
  readonly name: Fields;
  readonly user: Fields;
  readonly account: Fields;
  readonly verb: Fields;
}

/** How each plugin names them; a second name is one that other programs use for the same. */
const NAMES: Readonly<Record<Cloud, Names>> = {
  cloudtrail: {
    kind: 'cloud',
    resource: ['ct.shortsrc', 'ct.src'],
    name: ['s3.uri', 's3.bucket', 'ct.request.instanceid', 'ct.request.name', 'ct.resources'],
    user: ['ct.user', 'ct.user.arn', 'ct.user.principalid', 'ct.user.identitytype'],
    account: ['ct.user.accountid', 'ct.recipientaccountid'],
    verb: ['ct.name'],
  },
  gcp: {
    kind: 'cloud',
    resource: ['gcp.serviceName', 'gcp.resourceType'],
    name: ['gcp.resourceName', 'gcp.resource.name', 'gcp.storage.bucket'],
    user: ['gcp.user', 'gcp.principalEmail', 'gcp.authenticationInfo.principalEmail'],
    account: ['gcp.projectId', 'gcp.project.id'],
    verb: ['gcp.methodName'],
  },
  okta: {
    kind: 'other',
    resource: ['okta.app'],
    // The plugin itself leaves out a letter.
    name: [
      'okta.target.user.aternateid',
      'okta.target.user.alternateid',
      'okta.target.user.name',
      'okta.target.group.name',
    ],
    user: ['okta.actor.alternateid', 'okta.actor.name', 'okta.actor.id'],
    account: [],
    verb: ['okta.evt.type'],
  },
  github: {
    kind: 'other',
    resource: ['github.type'],
    name: ['github.repo'],
    user: ['github.user'],
    account: ['github.org', 'github.owner'],
    verb: ['github.action'],
  },
};

/** Who did what to what in a cloud, at an identity provider or in a code hosting service. */
export function readCloudTarget(
  family: Cloud,
  fields: OutputFields,
  reader: FieldReader,
): TargetFacts {
  const names = NAMES[family];
  const first = (keys: Fields): string | null => {
    for (const key of keys) {
      const value = textField(fields, key, reader);
      if (value !== '') return value;
    }
    return null;
  };
  return {
    kind: names.kind,
    namespace: null,
    resource: first(names.resource),
    name: first(names.name),
    podName: null,
    user: first(names.user),
    account: first(names.account),
    verb: first(names.verb),
  };
}

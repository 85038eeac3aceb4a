import { expect, test } from 'vitest';
import { sentenceOf } from '../../src/detect/finding/sentence.ts';
import type { SecurityEvent } from '../../src/model/security-event.ts';
import { buildEvent } from './build-event.ts';

const NOWHERE = {
  protocol: null,
  sourceIp: null,
  sourcePort: null,
  destinationIp: null,
  destinationPort: null,
};
const to = { ...NOWHERE, destinationIp: '203.0.113.7', destinationPort: 443 };
const own = { ...NOWHERE, sourceIp: '0.0.0.0', sourcePort: 9000 };

function sentence(
  kind: SecurityEvent['kind'],
  name: string,
  change: Partial<SecurityEvent>,
): string {
  const hook = {
    functionName: name,
    policyName: null,
    action: null,
    returnAction: null,
    message: null,
    tags: [],
    returnValue: null,
    arguments: [],
    data: [],
    path: null,
    offset: null,
    imaHash: null,
    buildId: null,
  };
  return sentenceOf(buildEvent({ id: '1', kind, hook, ...change }), null, 'in shop/web-1');
}

test.each<readonly [SecurityEvent['kind'], string, Partial<SecurityEvent>, string]>([
  ['kprobe', 'commit_creds', {}, 'called commit_creds'],
  ['uprobe', 'SSL_write', {}, 'called SSL_write'],
  ['tracepoint', 'sched/sched_switch', {}, 'reached the tracepoint sched/sched_switch'],
  ['usdt', 'mysql:query__start', {}, 'reached the probe mysql:query__start'],
  ['lsm', 'bprm_check_security', {}, 'was checked by bprm_check_security'],
  ['lsm', 'file_open', { file: '/etc/shadow' }, 'touched /etc/shadow'],
  ['loader', 'process_loader', { file: '/lib/a.so' }, 'loaded /lib/a.so'],
  ['other', 'process_new', {}, 'sent the event process_new'],
  ['other', 'process_connect', { network: to }, 'connected to 203.0.113.7 port 443'],
  ['other', 'process_close', { network: to }, 'ended its connection to 203.0.113.7 port 443'],
  ['other', 'process_listen', { network: own }, 'waited for connections on 0.0.0.0 port 9000'],
])('%s %s', (...[kind, name, change, deed]) => {
  expect(sentence(kind, name, change)).toBe(`bash ${deed} in shop/web-1`);
});

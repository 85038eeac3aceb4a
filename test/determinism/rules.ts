import type { RuleSetChange } from '../../src/model/observation.ts';

/** Detections and correlations that the generated stories trigger: by lineage, by pod and by node. */
const TEXT = `
title: Shell started
name: shell
logsource: { product: linux, category: process_creation }
detection: { selection: { Image|endswith: '/sh' }, condition: selection }
level: high
tags: [attack.execution]
---
title: Token read
name: token
logsource: { product: linux, category: file_event }
detection: { selection: { TargetFilename|contains: 'token' }, condition: selection }
level: medium
tags: [attack.credential-access]
---
title: Scanner started
name: scanner
logsource: { product: linux, category: process_creation }
detection: { selection: { Image|endswith: '/scan' }, condition: selection }
level: low
tags: [attack.discovery]
---
title: Host file touched
name: hostfile
logsource: { product: linux, category: file_event }
detection: { selection: { TargetFilename|startswith: '/etc/cron' }, condition: selection }
level: medium
tags: [attack.persistence]
---
title: Token read below a shell
name: chain
correlation:
  type: temporal_ordered
  rules: [shell, token]
  aliases: { proc: { shell: process.entity_id, token: process.ancestors } }
  group-by: [proc]
  timespan: 30s
level: critical
tags: [attack.credential-access]
---
title: Scan burst
name: burst
correlation:
  type: event_count
  rules: [scanner]
  group-by: [k8s.pod.uid]
  timespan: 10s
  condition: { gte: 3 }
level: medium
tags: [attack.discovery]
---
title: Pod reached the node
name: escape
correlation:
  type: temporal
  rules: [shell, hostfile]
  group-by: [node]
  timespan: 15s
level: critical
tags: [attack.privilege-escalation]
eyrie: { merge: true }
`;

export const TEST_RULES: RuleSetChange = {
  kind: 'rules',
  hash: 'determinism-rules',
  files: [{ path: 'determinism.yml', text: TEXT }],
};

import type { Random } from './random.ts';
import { timeText } from './time-text.ts';

/** What kind of work a pod does: its image, its main process and what it usually starts. */
export interface Profile {
  readonly name: string;
  readonly image: string;
  readonly tag: string;
  readonly binary: string;
  readonly arguments: string;
  readonly cwd: string;
  readonly uid: number;
  readonly children: readonly (readonly [binary: string, argumentsText: string])[];
  readonly files: readonly string[];
  readonly isWeb: boolean;
}

export interface FleetPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string;
  readonly workload: string;
  readonly profile: Profile;
  readonly containerId: string;
  readonly imageDigest: string;
  readonly templateHash: string;
  readonly startMicros: number;
  readonly isPrivileged: boolean;
  /** `"pod":{…}` of a Tetragon process but for the pid in the container, and `,"docker":…`. */
  readonly podJsonHead: string;
  readonly podJsonTail: string;
  readonly mainPid: number;
  readonly mainExecId: string;
  /** Tetragon's JSON of the main process, as the parent of what it starts. */
  readonly mainProcessJson: string;
}

const PROFILES: readonly Profile[] = [
  {
    name: 'storefront',
    image: 'registry.example.com/shop/storefront',
    tag: '4.18.2',
    binary: '/usr/sbin/nginx',
    arguments: '-g "daemon off;" -c /etc/nginx/nginx.conf',
    cwd: '/',
    uid: 101,
    children: [
      ['/usr/bin/curl', '-fsS --max-time 2 http://127.0.0.1:8080/healthz?probe=%'],
      ['/usr/bin/openssl', 'x509 -checkend 86400 -noout -in /etc/nginx/tls/%.crt'],
    ],
    files: ['/etc/nginx/conf.d/default.conf', '/var/www/html/assets/%.css', '/etc/resolv.conf'],
    isWeb: true,
  },
  {
    name: 'catalog',
    image: 'registry.example.com/shop/catalog-php',
    tag: '8.3.14-fpm',
    binary: '/usr/local/sbin/php-fpm',
    arguments: '--nodaemonize --fpm-config /usr/local/etc/php-fpm.conf',
    cwd: '/var/www/html',
    uid: 33,
    children: [
      ['/usr/bin/convert', '/var/www/html/upload/%.png -resize 640x480 /var/www/cache/%.webp'],
      ['/usr/local/bin/php', '/var/www/html/bin/worker.php --queue=thumbnails --job=%'],
    ],
    files: ['/var/www/html/config/app.php', '/var/www/cache/%.webp', '/etc/localtime'],
    isWeb: true,
  },
  {
    name: 'orders',
    image: 'registry.example.com/shop/orders-service',
    tag: '2.41.0',
    binary: '/opt/java/openjdk/bin/java',
    arguments: '-XX:MaxRAMPercentage=75.0 -jar /app/orders.jar --spring.profiles.active=production',
    cwd: '/app',
    uid: 1000,
    children: [
      ['/usr/bin/jcmd', '1 GC.heap_info -all request=%'],
      ['/usr/bin/wkhtmltopdf', '--quiet /tmp/invoice-%.html /tmp/invoice-%.pdf'],
    ],
    files: ['/app/config/application.yaml', '/tmp/invoice-%.html', '/etc/hosts'],
    isWeb: false,
  },
  {
    name: 'reports',
    image: 'registry.example.com/analytics/reports',
    tag: '1.9.7',
    binary: '/usr/local/bin/python3.13',
    arguments: '-m celery -A reports.worker worker --loglevel=INFO --concurrency=8',
    cwd: '/srv/reports',
    uid: 10001,
    children: [
      ['/usr/local/bin/python3.13', '/srv/reports/render.py --report % --format pdf'],
      ['/usr/bin/tar', '-czf /var/spool/reports/%.tar.gz -C /var/spool/reports/%'],
      ['/usr/bin/gzip', '-9 /var/spool/reports/%.csv'],
    ],
    files: ['/srv/reports/settings.toml', '/var/spool/reports/%.csv', '/etc/ssl/openssl.cnf'],
    isWeb: false,
  },
  {
    name: 'session-cache',
    image: 'registry.example.com/platform/redis',
    tag: '8.2.1',
    binary: '/usr/local/bin/redis-server',
    arguments: '0.0.0.0:6379 --appendonly yes --maxmemory 512mb',
    cwd: '/data',
    uid: 999,
    children: [['/usr/local/bin/redis-cli', '-h 127.0.0.1 --no-auth-warning ping %']],
    files: ['/data/appendonlydir/appendonly.aof.%.incr.aof', '/etc/redis/redis.conf'],
    isWeb: false,
  },
  {
    name: 'node-agent',
    image: 'registry.example.com/platform/node-agent',
    tag: '0.77.3',
    binary: '/usr/bin/node-agent',
    arguments: '--config=/etc/node-agent/config.yaml --host-root=/host',
    cwd: '/',
    uid: 0,
    children: [
      ['/usr/bin/du', '-sk /host/var/log/pods/%'],
      ['/usr/bin/df', '--output=pcent /host/var/lib/containerd/%'],
    ],
    files: ['/etc/node-agent/config.yaml', '/host/var/log/pods/%/0.log'],
    isWeb: false,
  },
];

const NAMESPACES = ['shop', 'shop-staging', 'analytics', 'platform', 'payments', 'tools'] as const;

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** Tetragon's exec_id: the node, nanoseconds since its boot and the pid. */
export const execId = (node: string, ktimeNanos: string, pid: number): string =>
  base64(`${node}:${ktimeNanos}:${pid}`);

interface PodSeed {
  readonly index: number;
  readonly node: string;
  readonly startMicros: number;
}

function uuid(random: Random): string {
  const digits = random.hex(32);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
}

function podJson(pod: Omit<FleetPod, 'podJsonHead' | 'podJsonTail' | 'mainProcessJson'>): {
  readonly head: string;
  readonly tail: string;
} {
  const { profile } = pod;
  const image = `{"id":"${profile.image}@sha256:${pod.imageDigest}","name":"${profile.image}:${profile.tag}"}`;
  const started = `${timeText(pod.startMicros, 0).slice(0, 19)}Z`;
  const labels = `{"app.kubernetes.io/name":"${profile.name}","app.kubernetes.io/part-of":"${pod.namespace}","pod-template-hash":"${pod.templateHash}"}`;
  const head = `"pod":{"namespace":"${pod.namespace}","name":"${pod.name}","container":{"id":"containerd://${pod.containerId}","name":"${profile.name}","image":${image},"start_time":"${started}","pid":`;
  const tail = `},"pod_labels":${labels},"workload":"${pod.workload}","workload_kind":"Deployment"},"docker":"${pod.containerId.slice(0, 31)}"`;
  return { head, tail };
}

function createPod(random: Random, seed: PodSeed): FleetPod {
  const profile = PROFILES[seed.index % PROFILES.length];
  const namespace = NAMESPACES[Math.floor(seed.index / PROFILES.length) % NAMESPACES.length];
  if (profile === undefined || namespace === undefined)
    throw new Error('The fleet lists are empty');
  const templateHash = random.hex(10);
  const mainPid = 2000 + seed.index * 7;
  const base = {
    name: `${profile.name}-${templateHash}-${random.hex(5)}`,
    namespace,
    uid: uuid(random),
    node: seed.node,
    ip: `10.42.${seed.index >> 8}.${seed.index & 255}`,
    workload: profile.name,
    profile,
    containerId: random.hex(64),
    imageDigest: random.hex(64),
    templateHash,
    startMicros: seed.startMicros,
    isPrivileged: profile.name === 'node-agent',
    mainPid,
    mainExecId: execId(seed.node, `${1_000_000 + seed.index}0000000`, mainPid),
  };
  const { head, tail } = podJson(base);
  const parentExecId = execId(seed.node, `${900_000 + seed.index}0000000`, mainPid - 1);
  const mainProcessJson =
    `{"exec_id":"${base.mainExecId}","pid":${mainPid},"uid":${profile.uid},"cwd":"${profile.cwd}",` +
    `"binary":"${profile.binary}","arguments":${JSON.stringify(profile.arguments)},` +
    `"flags":"execve rootcwd clone","start_time":"${timeText(seed.startMicros, 0)}","auid":4294967295,` +
    `${head}1${tail},"parent_exec_id":"${parentExecId}","tid":${mainPid},"in_init_tree":true}`;
  return { ...base, podJsonHead: head, podJsonTail: tail, mainProcessJson };
}

/** Pods spread evenly over nodes, all running since some hours before the stream begins. */
export function createFleet(
  random: Random,
  size: { readonly pods: number; readonly nodes: number; readonly startMicros: number },
): readonly FleetPod[] {
  const hourMicros = 3_600_000_000;
  return Array.from({ length: size.pods }, (_, index) => {
    // A shift per round of profiles, so that every kind of pod runs on every node.
    const slot = (index + Math.floor(index / PROFILES.length)) % size.nodes;
    const node = `worker-${String(slot + 1).padStart(2, '0')}.example.internal`;
    const startMicros = size.startMicros - hourMicros - index * 1_000_000;
    return createPod(random, { index, node, startMicros });
  });
}

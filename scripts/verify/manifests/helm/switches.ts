// The tables of what is rendered with Helm, beside the default values. Rows are arguments of --set.
import { OUR_SERVICES } from '../facts.ts';

/** What the charts cannot know by themselves: where the database is. */
export const REQUIRED: Record<string, readonly string[]> = {
  api: ['database.host=database.example.com', 'networkPolicy.databasePeers[0].ipBlock.cidr=192.0.2.0/26'],
};

/** What each of k8s/helm/examples has beside the three services: Redis of Kustomize in the namespace, or one outside. */
export const EXAMPLES: Record<string, readonly string[]> = {
  beta: ['redis', 'monitoring'],
  production: ['outside-redis:6380', 'monitoring'],
};

export interface Switch {
  set: readonly string[];
  /** What it adds, in the words of Kustomize where that has the same. */
  components?: readonly string[];
  /** The services that are not in it. */
  without?: readonly string[];
}

const each = (value: string) => OUR_SERVICES.map((name) => `${name}.${value}`);
const XDP = 'fastpath.xdp.enabled=true';
const NODES = '0].ipBlock.cidr=10.0.0.0/8';

/** Switches of the umbrella chart. */
export const SWITCHES: readonly Switch[] = [
  { set: each(`image.digest=sha256:${'0'.repeat(64)}`) },
  {
    set: ['global.imageRegistry=registry.example.com:5000/team', 'global.imagePullSecrets[0].name=registry'],
  },
  { set: ['namespacePolicies.enabled=false', ...each('networkPolicy.allowDns=true')] },
  {
    set: ['namespacePolicies.enabled=false', ...each('networkPolicy.enabled=false')],
    components: ['open-network'],
  },
  { set: ['fastpath.enabled=false', 'api.fastpath.enabled=false'], without: ['fastpath'] },
  { set: each('autoscaling.enabled=true') },
  { set: each('replicaCount=3') },
  { set: each('serviceMonitor.enabled=true'), components: ['monitoring'] },
  { set: each('tests.enabled=false') },
  { set: each('terminationGracePeriodSeconds=60') },
  {
    set: [
      'webui.ingress.enabled=true',
      'webui.ingress.hosts[0]=tripod.example.com',
      'webui.env.TRUST_PROXY=uniquelocal',
    ],
  },
  {
    set: [
      'webui.gateway.enabled=true',
      'webui.gateway.parentRefs[0].name=public',
      'webui.gateway.hostnames[0]=tripod.example.com',
      'webui.gateway.requestTimeout=0s',
      'webui.env.TRUST_PROXY=uniquelocal',
    ],
  },
  {
    set: ['api.redis.enabled=true', 'api.networkPolicy.redisPeers[0].ipBlock.cidr=192.0.2.64/26'],
    components: ['outside-redis:6379'],
  },
  { set: ['api.database.type=mysql'] },
  { set: ['api.database.type=mariadb', 'api.database.port=3307'] },
  { set: ['api.database.fromUrl=true', 'api.database.host='], components: ['database-url'] },
  { set: ['api.database.tls=verify', 'api.database.ca.existingSecret=database-ca'] },
  { set: ['api.migration.enabled=false'], components: ['no-migration'] },
  {
    set: [
      'fastpath.ports.grpc=50052',
      'api.fastpath.address=fastpath-headless:50052',
      'fastpath.ports.data=7001',
    ],
  },
  { set: [XDP], components: ['xdp'] },
  { set: [XDP, 'fastpath.xdp.hugepages=64Mi'], components: ['xdp'] },
  {
    set: [
      XDP,
      'fastpath.xdp.network=host',
      'fastpath.xdp.interface=eth1',
      `fastpath.xdp.nodePeers[${NODES}`,
      `api.networkPolicy.fastpathPeers[${NODES}`,
    ],
    components: ['xdp', 'xdp-host-network'],
  },
  { set: [XDP, 'fastpath.xdp.network=multus'], components: ['xdp', 'xdp-multus'] },
  {
    set: [XDP, 'fastpath.xdp.network=multus', 'fastpath.xdp.multus.config=\\{\\}'],
    components: ['xdp', 'xdp-multus'],
  },
];

/** What must be refused, and the word by which the refusal says why. With the values that the chart needs. */
export const REFUSED: readonly { set: readonly string[]; says: string }[] = [
  // Typos
  { set: ['replicas=2'], says: 'property replicas is not allowed' },
  { set: ['api.replicas=2'], says: 'property replicas is not allowed' },
  { set: ['api.image.tagg=1'], says: 'property tagg is not allowed' },
  { set: ['api.databse.host=x'], says: 'property databse is not allowed' },
  { set: ['webui.ingres.enabled=true'], says: 'property ingres is not allowed' },
  { set: ['fastpath.xdp.enable=true'], says: 'property enable is not allowed' },
  { set: ['api.env.DB_MAX_RETRY=x'], says: 'DB_MAX_RETRY' },
  { set: ['webui.env.DB_POOL_SIZE=x'], says: 'DB_POOL_SIZE' },
  // Wrong values
  { set: ['api.database.type=oracle'], says: 'database.type' },
  { set: ['api.image.pullPolicy=Sometimes'], says: 'image.pullPolicy' },
  { set: ['api.image.digest=sha256:short'], says: 'image.digest' },
  { set: ['fastpath.xdp.network=bridge'], says: 'xdp.network' },
  { set: ['api.terminationGracePeriodSeconds=15'], says: 'terminationGracePeriodSeconds' },
  // Secrets
  { set: ['api.database.password=x'], says: 'password' },
  { set: ['api.jwtKeys=k1:x'], says: 'jwtKeys' },
  { set: ['api.env.JWT_KEYS=k1:x'], says: 'JWT_KEYS' },
  { set: ['api.env.DB_PASS=x'], says: 'DB_PASS' },
  { set: ['api.env.DATABASE_URL=postgres://x'], says: 'DATABASE_URL' },
  { set: ['api.env.REDIS_URL=redis://x'], says: 'REDIS_URL' },
  { set: ['api.env.ADMIN_PASSWORD=x'], says: 'ADMIN_PASSWORD' },
  { set: ['fastpath.env.FASTPATH_SECRET=x'], says: 'FASTPATH_SECRET' },
  { set: ['api.extraEnv[0].name=DB_PASS', 'api.extraEnv[0].value=x'], says: 'extraEnv' },
  // What would be open, or leads nowhere
  { set: ['api.networkPolicy.databasePeers=null'], says: 'databasePeers' },
  { set: ['api.database.host='], says: 'database.host' },
  { set: ['fastpath.enabled=false'], says: 'api.fastpath' },
  // default-deny would be all that is left: nobody could talk to the service.
  { set: ['webui.networkPolicy.enabled=false'], says: 'namespacePolicies' },
  { set: ['api.redis.enabled=true'], says: 'redisPeers' },
  { set: ['webui.ingress.enabled=true', 'webui.ingress.hosts[0]=a.example.com'], says: 'TRUST_PROXY' },
];

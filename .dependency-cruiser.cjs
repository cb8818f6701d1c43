// Data flows one way (docs/ARCHITECTURE.md); this is where that is enforced. Run by `make verify`.
const TEST = '\\.(test|spec)\\.tsx?$';
const TESTING = `${TEST}|/(testing|conformance)/|-contract\\.ts$`;

/** A layer and those above it, of which it must know nothing. */
const below = (name, from, ...above) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: TESTING },
  to: { path: above },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or need a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'Every package belongs into the package.json of the part that uses it.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'services-apart',
      comment: 'Services share the OpenAPI document and proto/, never source.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^(services|scripts|tests)/', pathNot: '^services/$1/' },
    },
    {
      name: 'tests-from-outside',
      comment: 'Tests across services talk to processes: of our source they may import the scripts only.',
      severity: 'error',
      from: { path: '^tests/' },
      // How the environment is read is compared with the manifests, and with how the scripts read it.
      to: { path: '^services/', pathNot: '/(database-)?config\\.ts$' },
    },
    below('scripts-alone', '^scripts/', '^services/', '^tests/'),
    {
      name: 'no-test-code-in-product',
      severity: 'error',
      from: { path: '^services/[^/]+/(src|server)/', pathNot: TESTING },
      to: { path: TESTING },
    },

    // api: routes → service → repository → knex
    below(
      'api-service-knows-no-transport',
      '^services/api/src/.*\\.service\\.ts$',
      '\\.routes\\.ts$',
      'node_modules/express/',
    ),
    below(
      'api-repository-is-the-floor',
      '^services/api/src/.*\\.repository\\.ts$',
      '\\.(routes|service)\\.ts$',
      'node_modules/express/',
    ),
    below(
      'api-routes-use-services',
      '^services/api/src/.*\\.routes\\.ts$',
      '\\.repository\\.ts$',
      'node_modules/knex/',
    ),
    below('api-db-knows-no-resource', '^services/api/src/db/', '\\.(routes|service|repository)\\.ts$'),

    // fastpath: grpc, http → plane → engine; the engine meets the world through port and handlers
    below(
      'fastpath-engine-is-the-floor',
      '^services/fastpath/src/engine/',
      '^services/fastpath/src/(grpc|http|plane|port)/',
    ),
    below(
      'fastpath-port-knows-no-transport',
      '^services/fastpath/src/(port|handlers)/',
      '^services/fastpath/src/(grpc|http|plane)/',
    ),
    below(
      'fastpath-plane-knows-no-transport',
      '^services/fastpath/src/plane/',
      '^services/fastpath/src/(grpc|http)/',
    ),

    below(
      'addon-knows-nothing-of-us',
      '^services/fastpath/xdp-socket-native/',
      '^services/(?!fastpath/xdp-socket-native/)',
      '^scripts/',
    ),
    {
      name: 'addon-only-in-its-port',
      comment: 'Everything else runs on every platform, and never meets a pointer.',
      severity: 'error',
      from: { path: '^services/fastpath/src/', pathNot: `^services/fastpath/src/port/afxdp/|${TESTING}` },
      to: { path: '^services/fastpath/xdp-socket-native/' },
    },

    // webui: app → routes → features → api, ui, lib
    below(
      'webui-shared-is-the-floor',
      '^services/webui/src/(api|ui|lib)/',
      '^services/webui/src/(app|routes|features)/',
    ),
    below(
      'webui-features-below-routes',
      '^services/webui/src/features/',
      '^services/webui/src/(app|routes)/',
    ),
    below('webui-routes-below-app', '^services/webui/src/routes/', '^services/webui/src/app/'),
    {
      name: 'webui-features-apart',
      comment: 'Features never import each other: a route puts them together.',
      severity: 'error',
      from: { path: '^services/webui/src/features/([^/]+)/' },
      to: { path: '^services/webui/src/features/', pathNot: '^services/webui/src/features/$1/' },
    },
    below('webui-server-and-browser-apart', '^services/webui/server/', '^services/webui/src/'),
    below('webui-browser-and-server-apart', '^services/webui/src/', '^services/webui/server/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/(dist|gen)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};

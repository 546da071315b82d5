/**
 * The laws of who may import whom (docs/architecture.md). `test/house.spec.ts` runs them with every `npm test`
 * and proves on a small tree that each of them can fail.
 */

/** What each room may import beside itself and `domain`, and why no more. */
const ROOMS = {
  config: { may: [], reason: 'settings, time and ids depend on nothing that depends on them' },
  ledger: {
    may: ['config/'],
    reason: 'the book stands at the end of the way: it must not know who writes or reads it',
  },
  views: {
    may: [
      'config/',
      'ledger/journal/event-store.ts',
      'ledger/(statements/(statement-snapshots|expiring-holds)|streams/(account|customer)-snapshots|accounts/credit-snapshots).ts',
    ],
    reason:
      'a view sees the ledger only through its port, so that every view can be rebuilt from events alone; what it has folded ' +
      'saves the ledger from reading a stream again, behind ports of the ledger',
  },
  policy: {
    may: ['config/', 'ledger/', 'views/queries/'],
    reason: 'admission is decided from the book and the views, without knowing what happens afterwards',
  },
  idempotency: {
    may: ['config/', 'ledger/keys/'],
    reason: 'an answer is kept for a key, whatever request it answers; the keys of customers seal it',
  },
  auth: {
    may: ['config/', 'ledger/journal/event-store.ts', 'ledger/streams/streams.ts', 'views/'],
    reason: 'who is calling is read from the views and the account, before anything is known of the call',
  },
  network: { may: [], reason: 'which addresses may be called does not depend on who calls them' },
  upstream: { may: ['config/', 'network/'], reason: 'the world of models must not know who pays' },
  meter: {
    may: ['config/', 'ledger/', 'upstream/exchange.ts'],
    reason: 'the meter sees an answer go by as an Exchange, whoever gave it, and writes it in the book',
  },
  gateway: {
    may: ['config/', 'idempotency/', 'policy/', 'upstream/', 'meter/'],
    reason: 'the hallway names the rooms in order and decides nothing',
  },
  webhooks: {
    may: ['config/', 'ledger/journal/event-store.ts', 'network/', 'views/queries/'],
    reason: 'the post office reads the book as any subscriber does',
  },
  audit: {
    may: ['config/', 'ledger/(?!commands/)', 'views/(?!queries/)'],
    reason: 'an audit recomputes from the ports; it trusts no command and no query',
  },
  http: {
    may: ['config/', 'auth/', 'gateway/', 'ledger/commands/', 'network/', 'views/queries/', 'webhooks/', 'audit/'],
    reason: 'the front door translates; it reaches policy and upstream only through the gateway',
  },
  dashboard: {
    may: ['config/', 'views/queries/', 'ledger/commands/'],
    reason: 'the web app is one more caller of commands and queries',
  },
  workers: {
    may: [
      'ledger/journal/event-store.ts',
      'policy/rate-limits/',
      'views/runner.ts',
      'views/thread/(thread-messages|serve-runner).ts',
    ],
    reason: 'workers and their owner carry questions from process to process, and decide nothing of what is asked',
  },
  engines: {
    may: [
      'config/',
      'ledger/journal/event-store.ts',
      'ledger/keys/(subject-store|sealing).ts',
      'ledger/usage/(spool|spooled-usage).ts',
      'idempotency/idempotency-store.ts',
      'views/document-store.ts',
    ],
    reason: 'an engine stands behind ports: it knows them, and nobody who uses them',
  },
};

const roomRules = Object.entries(ROOMS).map(([room, { may, reason }]) => ({
  name: `room-${room}`,
  severity: 'error',
  comment: `${room} imports only itself, domain${may.map((path) => `, ${path}`).join('')}: ${reason}.`,
  from: { path: `^src/${room}/` },
  // Who may import engines has a rule of its own.
  to: { path: '^src/', pathNot: [room + '/', 'domain/', 'engines/', ...may].map((path) => `^src/${path}`) },
}));

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'domain-imports-nothing',
      severity: 'error',
      comment: 'The core decides about money; it stays testable without clock, disk, network or framework.',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle is two modules that can only be understood, loaded and tested together.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'engines-chosen-in-one-place',
      severity: 'error',
      comment:
        'Only engines.module.ts chooses between embedded and server engines, and engines-to-fold.ts for the thread of the views; everybody else knows the ports.',
      from: { path: '^src/', pathNot: ['^src/engines(\\.module|-to-fold)\\.ts$', '^src/engines/'] },
      to: { path: '^src/engines/' },
    },
    {
      name: 'drivers-only-in-engines',
      severity: 'error',
      comment: 'An engine can be exchanged only while nothing else speaks its language.',
      from: { path: '^src/', pathNot: '^src/engines/' },
      to: { path: '^(node:)?sqlite$|(^|/)(@kurrent/kurrentdb-client|mongodb|@nats-io/[^/]+)(/|$)' },
    },
    {
      name: 'undici-only-in-transport',
      severity: 'error',
      comment: 'Time-outs, pools, aborts and back-pressure of outgoing calls are settled in one file.',
      from: { path: '^src/', pathNot: '^src/upstream/http/transport\\.ts$' },
      to: { path: '(^|/)undici(/|$)' },
    },
    {
      name: 'protocols-know-no-providers',
      severity: 'error',
      comment:
        'A wire family serves every provider that speaks it; what differs is data handed in, and the network is not its business.',
      from: { path: '^src/upstream/protocols/' },
      to: {
        path: '^src/upstream/(providers/|calls/|http/transport\\.ts|errors/retry\\.ts)|^(node:)?(https?|http2|net|tls|fs|fs/promises)$',
      },
    },
    {
      name: 'rooms-do-not-know-the-root',
      severity: 'error',
      comment: 'The composition root knows every room; a room that knows the root would know every room too.',
      from: { path: '^src/[^/]+/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'rooms-are-put-together-at-the-root',
      severity: 'error',
      comment: "A room's module says what it provides; where it gets what it needs is said once, in app.module.ts.",
      from: { path: '^src/', pathNot: '^src/app\\.module\\.ts$' },
      to: { path: '^src/.+/[^/]+\\.module\\.ts$' },
    },
    {
      name: 'entry-points-are-entered-from-outside',
      severity: 'error',
      comment: 'main.ts and cli.ts act when loaded; what they share stands in a file beside them.',
      from: { path: '^src/' },
      to: { path: '^src/(main|cli)\\.ts$' },
    },
    {
      name: 'code-knows-no-tests',
      severity: 'error',
      comment: 'The package is shipped without its tests.',
      from: { path: '^src/' },
      to: { path: '^test/' },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      comment: "A package that comes along by accident, or only for development, is missing in somebody's install.",
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      comment: 'An import that leads nowhere also leads past every other rule here.',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    // Type-only imports bind rooms together as much as others do, so the rules see them too.
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};

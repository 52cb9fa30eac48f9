/**
 * The import fences of docs/architecture.md. Type-only imports count too. test/docs/fences.test.ts plants a violation of each.
 * A room is a folder of a package: it may import itself, and what stands beside its name.
 */
const coreRooms = {
  log: [],
  memory: [],
  digest: ['errors', '@memory'],
  transport: ['errors', 'log', 'memory'],
  transaction: ['errors', 'memory', 'transport', '@memory'],
  reply: ['errors', 'nearest-name', 'thenable', 'trace', 'log', 'transport'],
  callback: ['errors', 'thenable', 'reply', 'transport', 'subscription/contract'],
  option: ['errors', 'thenable', 'log', 'memory', 'digest', 'transport'],
  plugin: ['errors', 'events', 'nearest-name', 'thenable', 'log', 'memory', 'option', 'callback', 'subscription', 'uac'],
  uas: ['diagnostics', 'errors', 'thenable', 'trace', 'log', 'memory', 'digest', 'transport', 'transaction', 'reply', 'callback', 'option', '@memory'],
  uac: ['errors', 'nearest-name', 'log', 'digest', 'transport', 'transaction', 'callback', 'option', 'dialog'],
  dialog: ['errors', 'transport', '@memory'],
  subscription: ['errors', 'nearest-name', 'memory', 'transport', 'transaction', 'reply', 'callback', 'option', 'dialog', 'uac', '@memory'],
};
const compositorRooms = {
  store: [],
  ram: ['store', '@memory'],
  publish: ['store', 'events', 'options'],
  'store-checks': ['store'],
};
const registrarRooms = {
  store: [],
  ram: ['store', '@memory'],
  register: ['store', 'options'],
  'store-checks': ['store'],
};
const uacAutoRooms = {
  keep: [],
};
const notifierRooms = {
  xml: [],
  package: ['xml'],
  schedule: [],
  watcher: ['package', 'schedule', '@memory'],
  state: ['package', 'schedule', 'watcher', '@memory'],
  notify: ['package', 'schedule', 'watcher'],
  subscribe: ['options', 'package', 'watcher'],
};
const adminRooms = {
  contract: [],
  page: [],
  metrics: ['contract'],
  desk: ['contract', 'metrics', 'options'],
  http: ['contract', 'page'],
  workers: ['contract'],
};
const cliRooms = {
  'command-line': ['output'],
  output: [],
  config: ['command-line', 'output'],
  users: ['command-line', 'config', 'output'],
  process: ['command-line', 'config', 'output', 'users'],
  workers: ['command-line', 'config', 'process'],
  serve: ['command-line', 'config', 'output', 'process', 'users', 'workers'],
  store: ['command-line', 'config', 'output', 'process'],
  client: ['command-line', 'config', 'output'],
  desk: ['command-line', 'output'],
};
/** Files that may stand beside the rooms. */
const coreRoot = ['index', 'diagnostics', 'errors', 'events', 'nearest-name', 'thenable', 'trace'];

/** A package of others, written into package.json or not. */
const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

const source = (name) => `^packages/${name}/src/`;
const entry = (name) => `${source(name)}index\\.ts$`;
/** Files that match `from` import nothing of ours but what matches one of `to`. */
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { path: '^packages/[^/]+/src/', pathNot: to } });

/** One rule a room. `entries`: packages whose public entries every room may import. */
const fences = (name, rooms, entries) => Object.entries(rooms).map(([room, others]) => only(`${name}-${room}`, `${source(name)}${room}/`, [
  `${source(name)}${room}/`,
  ...others.map((other) => other.startsWith('@') ? entry(other.slice(1)) : `${source(name)}${other}(/|\\.ts$)`),
  ...entries.map(entry),
], `${name}/src/${room} imports ${[...others, ...entries].join(', ') || 'nothing of ours'} and itself`));

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'names-say-what-is-in-a-file', severity: 'error', from: {}, to: { path: '/(utils?|helpers?|common|misc)\\.ts$' } },
    { name: 'sip-has-no-dependency', severity: 'error', from: { path: source('sip') }, to: { dependencyTypes: [...npm, 'core'] } },
    only('sip-imports-nothing', source('sip'), source('sip'), 'sip knows bytes and values'),
    { name: 'memory-has-no-dependency', severity: 'error', from: { path: source('memory') }, to: { dependencyTypes: npm } },
    only('memory-imports-nothing', source('memory'), source('memory'), 'memory knows numbers and texts'),
    { name: 'core-root', severity: 'error', comment: 'a file of core belongs to a room', from: {}, to: { path: `${source('core')}[^/]+\\.ts$`, pathNot: `${source('core')}(${coreRoot.join('|')})\\.ts$` } },
    only('core-floor', `${source('core')}(errors|nearest-name|thenable)\\.ts$`, `${source('core')}(errors\\.ts|thenable\\.ts|log/printable\\.ts)$`, 'what all of core stands on'),
    ...fences('core', coreRooms, ['sip']),
    only('compositor-by-public-entries', source('event-compositor'), [source('event-compositor'), ...['core', 'memory', 'sip'].map(entry)], 'plugins use public entries'),
    ...fences('event-compositor', compositorRooms, ['core', 'sip']),
    only('registrar-by-public-entries', source('registrar'), [source('registrar'), ...['core', 'memory', 'sip'].map(entry)], 'plugins use public entries'),
    ...fences('registrar', registrarRooms, ['core', 'sip']),
    only('uac-auto-by-public-entries', source('uac-auto'), [source('uac-auto'), ...['core', 'sip'].map(entry)], 'plugins use public entries'),
    ...fences('uac-auto', uacAutoRooms, ['core', 'sip']),
    only('notifier-by-public-entries', source('event-notifier'), [source('event-notifier'), ...['event-compositor', 'registrar', 'core', 'memory', 'sip'].map(entry)], 'plugins use public entries'),
    ...fences('event-notifier', notifierRooms, ['event-compositor', 'core', 'sip']),
    ...['lmdb', 'redis'].map((store) => only(`store-${store}-by-public-entries`, source(`event-store-${store}`), [source(`event-store-${store}`), ...['event-compositor', 'registrar', 'core', 'sip'].map(entry)], 'stores use public entries')),
    only('admin-by-public-entries', source('admin'), [source('admin'), ...['event-compositor', 'event-notifier', 'registrar', 'core', 'sip'].map(entry)], 'plugins use public entries'),
    ...fences('admin', adminRooms, ['event-compositor', 'event-notifier', 'registrar', 'core', 'sip']),
    { name: 'only-admin-serves-http', severity: 'error', comment: 'an install of the others brings neither fastify nor prom-client', from: { path: '^packages/', pathNot: source('admin') }, to: { path: '(^|/)(fastify|prom-client)(/|$)' } },
    only('cli-by-public-entries', source('cli'), [source('cli'), ...['admin', 'event-compositor', 'event-notifier', 'registrar', 'uac-auto', 'core', 'sip'].map(entry)], 'the command uses public entries'),
    ...fences('cli', cliRooms, ['admin', 'event-compositor', 'event-notifier', 'registrar', 'uac-auto', 'core', 'sip']),
  ],
  options: {
    doNotFollow: { path: 'node_modules|dist' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@nksip-ts/source', 'import', 'node', 'default'] },
  },
};

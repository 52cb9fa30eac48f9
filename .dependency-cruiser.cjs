/** The import fences of docs/architecture.md. Type-only imports count too. */
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { path: '^packages/', pathNot: to } });

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-names', severity: 'error', comment: 'a file name says what is in it', from: {}, to: { path: '/(utils?|helpers?|common|misc)\\.ts$' } },
    only('sip-imports-nothing', '^packages/sip/src', '^packages/sip/src', 'sip has no dependency'),
    { name: 'sip-has-no-dependency', severity: 'error', from: { path: '^packages/sip/src' }, to: { dependencyTypes: ['npm', 'core'] } },
    only('core-plumbing', '^packages/core/src/(printable|errors|thenable|timers|chain)\\.ts', '^packages/core/src/(printable|errors|thenable|timers|chain)\\.ts', 'printable, errors, timers and chain know nothing of the stack'),
    only('core-digest', '^packages/core/src/digest/', '^packages/(sip/src|core/src/(digest/|bounded-map\\.ts|errors\\.ts))', 'digest is arithmetic over values of sip'),
    only('core-transport', '^packages/core/src/transport/', '^packages/(sip/src|core/src/(transport/|errors\\.ts|log\\.ts|memory-account\\.ts))', 'transports know sip and errors'),
    only('core-transaction', '^packages/core/src/transaction/', '^packages/(sip/src|core/src/(transaction/|transport/transport\\.ts|(text|key)-bytes\\.ts|key-table\\.ts|memory-account\\.ts|timers\\.ts|errors\\.ts))', 'transactions know the transport by its interface only'),
    only('compositor-by-public-entries', '^packages/event-compositor/src', '^packages/(event-compositor/src|core/src/index\\.ts|sip/src/index\\.ts)', 'plugins use public entries'),
    ...['lmdb', 'redis'].map((store) => only(`store-${store}-by-public-entries`, `^packages/event-store-${store}/src`, `^packages/(event-store-${store}/src|event-compositor/src/index\.ts|core/src/index\.ts|sip/src/index\.ts)`, 'stores use public entries')),
    only('cli-by-public-entries', '^packages/cli/src', '^packages/(cli/src|event-compositor/src/index\\.ts|core/src/index\\.ts|sip/src/index\\.ts)', 'the command uses public entries'),
    { name: 'nothing-reaches-into-the-service', severity: 'error', comment: 'the service wires all; nobody imports it but the entries', from: { path: '^packages/core/src/(transport|transaction|uas|uac)/' }, to: { path: '^packages/core/src/service' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules|dist' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['@nksip-ts/source', 'import', 'node', 'default'] },
  },
};

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { coreCallbacks, coreOptions, errorTable, replyTable, type CallbacksOf, type CoreCallbacks, type Plugins } from '@nksip-ts/core';
import { options as adminOptions } from '@nksip-ts/admin';
import { options as redisOptions } from '@nksip-ts/event-store-redis';
import { eventStoreErrors, options as compositorOptions, usualContentTypes } from '@nksip-ts/event-compositor';
import { options as notifierOptions } from '@nksip-ts/event-notifier';
import { options as lmdbOptions } from '@nksip-ts/event-store-lmdb';
import { options as registrarOptions } from '@nksip-ts/registrar';
import { options as uacAutoOptions, uacAutoErrors } from '@nksip-ts/uac-auto';
import { storeChecks } from '@nksip-ts/event-compositor/store-checks';
import { optionsHelp, publishHelp } from '../../packages/cli/src/client/request.js';
import { registerHelp } from '../../packages/cli/src/client/register.js';
import { watchHelp } from '../../packages/cli/src/client/watch.js';
import { checkHelp } from '../../packages/cli/src/serve/check.js';
import { ha1Help } from '../../packages/cli/src/client/ha1.js';
import { kickHelp } from '../../packages/cli/src/desk/kick.js';
import { listHelp } from '../../packages/cli/src/desk/list.js';
import { psHelp } from '../../packages/cli/src/desk/ps.js';
import { rmHelp } from '../../packages/cli/src/desk/rm.js';
import { showHelp } from '../../packages/cli/src/desk/show.js';
import { statsHelp } from '../../packages/cli/src/desk/stats.js';
import { topHelp } from '../../packages/cli/src/desk/top.js';
import { watchersHelp } from '../../packages/cli/src/desk/watchers.js';
import { configErrors } from '../../packages/cli/src/config/errors.js';
import { serveHelp } from '../../packages/cli/src/serve/serve.js';
import { completionHelp } from '../../packages/cli/src/main.js';
import { options as usersOptions } from '../../packages/cli/src/users/options.js';
import { usersErrors } from '../../packages/cli/src/users/errors.js';
import { passwdHelp } from '../../packages/cli/src/users/passwd.js';
import { storeHelp } from '../../packages/cli/src/store/store.js';
import { isFixed, optionRows } from '../../packages/core/src/option/meta.js';
import { registerOptions } from '../../packages/core/src/uac/register-options.js';
import { requestOptions, subscribeOptions } from '../../packages/core/src/uac/request-options.js';
import { conformanceTable } from './conformance.js';
import { eventTable } from './events.js';
import { code, table } from './markers.js';
import { scaleTable } from './scale.js';

const root = new URL('../../', import.meta.url);

/** What stands between markers, by name; `file PATH` is a file of the project, `scale ...` what bench/scale.mts measured or says. */
export function generated(name: string): string {
  const [kind, path] = name.split(' ');
  if (kind === 'file' && path !== undefined) return fileBlock(path);
  if (kind === 'scale') return scaleTable(name);
  const make = tables[name];
  if (make === undefined) throw new Error(`Nothing is called '${name}': ${Object.keys(tables).join(', ')} or 'file PATH'`);
  return make();
}

const tables: Readonly<Record<string, () => string>> = {
  'core callbacks': () => callbackTable(coreCallbacks),
  'event-compositor callbacks': () => callbackTable(compositorCallbacks),
  'core events': () => eventTable('packages/core/src/events.ts'),
  'event-compositor events': () => eventTable('packages/event-compositor/src/events.ts'),
  'event-notifier callbacks': () => callbackTable(notifierCallbacks),
  'event-notifier events': () => eventTable('packages/event-notifier/src/events.ts'),
  'event-notifier options': () => pluginTable(notifierOptions),
  'core options': () => optionTable(coreOptions),
  'fixed options': fixedTable,
  'event-compositor options': () => pluginTable(compositorOptions),
  'bounds': bounds,
  'admin options': () => pluginTable(adminOptions),
  'registrar options': () => pluginTable(registrarOptions),
  'registrar events': () => eventTable('packages/registrar/src/events.ts'),
  'registrar callbacks': () => callbackTable(registrarCallbacks),
  'uac-auto options': () => pluginTable(uacAutoOptions),
  'uac-auto callbacks': () => callbackTable(uacAutoCallbacks),
  'uac-auto events': () => eventTable('packages/uac-auto/src/events.ts'),
  'event-store-redis options': () => pluginTable(redisOptions),
  'event-store-lmdb options': () => pluginTable(lmdbOptions),
  'request options': () => optionTable(requestOptions),
  'register options': () => optionTable(registerOptions.pick({ contact: true, expires: true, supported: true, unregister: true, unregister_all: true, reg_id: true })),
  'subscribe options': () => optionTable(subscribeOptions.pick({ refresh: true })),
  'content types': () => table(['Package', 'Types'], Object.entries(usualContentTypes).map(([event, types]) => [code(event), types.map(code).join(', ')])),
  errors: errors,
  replies: replies,
  'store checks': () => table(['Check', 'What it proves', 'Needs'], storeChecks.map((check) => [code(check.id), check.name, check.needs.map(code).join(', ')])),
  conformance: conformanceTable,
  'serve help': () => help(serveHelp),
  'check help': () => help(checkHelp),
  'publish help': () => help(publishHelp),
  'register help': () => help(registerHelp),
  'watch help': () => help(watchHelp),
  'options help': () => help(optionsHelp),
  'store help': () => help(storeHelp),
  'ha1 help': () => help(ha1Help),
  'passwd help': () => help(passwdHelp),
  'completion help': () => help(completionHelp),
  'users options': () => optionTable(usersOptions),
  'ps help': () => help(psHelp),
  'list help': () => help(listHelp),
  'show help': () => help(showHelp),
  'watchers help': () => help(watchersHelp),
  'rm help': () => help(rmHelp),
  'kick help': () => help(kickHelp),
  'stats help': () => help(statsHelp),
  'top help': () => help(topHelp),
};

interface CallbackRow {
  readonly args: readonly string[];
  readonly result: string;
  readonly otherwise: string;
  readonly doc: string;
}

/** What the compositor asks: exactly the callbacks of its entry in `Plugins`. */
const compositorCallbacks: { readonly [K in Exclude<keyof CallbacksOf<'event-compositor'>, keyof CoreCallbacks>]: CallbackRow } = {
  sip_event_compositor_store: {
    args: ['op', 'srvId'],
    result: "RegPublish | 'ok' | 'replaced' | 'not_found'",
    otherwise: 'the built-in store, in RAM',
    doc: 'Called for each operation on the store.',
  },
};

/** What the registrar asks: exactly the callbacks of its entry in `Plugins`. */
const registrarCallbacks: { readonly [K in Exclude<keyof CallbacksOf<'registrar'>, keyof CoreCallbacks>]: CallbackRow } = {
  sip_registrar_store: {
    args: ['op', 'srvId'],
    result: "{ contacts, version? } | 'ok' | 'not_found'",
    otherwise: 'the built-in store, in RAM',
    doc: 'Called for each operation on the store of registrations.',
  },
};

/** The same of uac-auto. */
const uacAutoCallbacks: { readonly [K in Exclude<keyof CallbacksOf<'uac-auto'>, keyof CoreCallbacks>]: CallbackRow } = {
  sip_uac_auto_register_updated_register: {
    args: ['id', 'ok', 'srvId'],
    result: 'anything',
    otherwise: 'nothing is done',
    doc: 'Called when a registration is accepted for the first time or again (ok is true), and when it is not accepted any more or has ended (false).',
  },
  sip_uac_auto_publish_updated_publish: {
    args: ['id', 'ok', 'srvId'],
    result: 'anything',
    otherwise: 'nothing is done',
    doc: 'The same for a publication.',
  },
};

/** The same of the notifier. */
const notifierCallbacks: { readonly [K in Exclude<keyof Plugins['event-notifier']['callbacks'], keyof CoreCallbacks>]: CallbackRow } = {
  sip_event_notifier_authorize: {
    args: ['watcher', 'req'],
    result: "'allow' | 'confirm' | 'polite_block' | 'block'",
    otherwise: '`sip_event_notifier_default_decision`',
    doc: 'Called for each SUBSCRIBE that begins a subscription or fetches the state, and by `refresh`, without a request (`req` is undefined then).',
  },
  sip_event_notifier_state: {
    args: ['aor', 'event', 'srvId'],
    result: "{ data, content_type } | 'none'",
    otherwise: "'none'",
    doc: 'Hard state: state that your program knows and nobody publishes. Called when a document is first composed for a watched address; what it returns is kept until `changed` is called, or for 300 seconds. It may take 5 seconds.',
  },
};

function callbackTable(rows: Readonly<Record<string, CallbackRow>>): string {
  return table(['Callback', 'Arguments', 'Returns', 'Default', 'When it is called'],
    Object.entries(rows).map(([name, row]) => [code(name), code(row.args.join(', ')), code(row.result), plain(row.otherwise), row.doc]));
}

/** `'ok'` alone is code, a sentence is not. */
function plain(text: string): string {
  return /^'[^']*'$/.test(text) ? code(text) : text;
}

/** The options of core, of the compositor and of the notifier that say how much, how many or how long. */
function bounds(): string {
  const rows = [coreOptions, compositorOptions, notifierOptions].flatMap(optionRows).filter(({ name }) => /_max_|_timeout$/.test(name));
  return table(['Option', 'Default', 'Meaning'], rows.map((row) => [code(row.name), code(row.default), row.description]));
}

function fixedOf(options: Parameters<typeof optionRows>[0]): readonly string[] {
  return Object.entries(options.shape).flatMap(([name, schema]) => isFixed(schema) ? [name] : []);
}

/** From the marks of the options themselves. */
function fixedTable(): string {
  const rows = Object.entries(allOptions).map(([owner, options]) => [owner, fixedOf(options).map(code).join(', ')] as const);
  return table(['Options of', 'Cannot change while the service runs'], rows.map(([owner, names]) => [owner, names === '' ? 'all can' : names]));
}

const allOptions = {
  'core': coreOptions, 'event-compositor': compositorOptions, 'event-notifier': notifierOptions, 'registrar': registrarOptions, 'uac-auto': uacAutoOptions,
  'event-store-lmdb': lmdbOptions, 'event-store-redis': redisOptions, 'admin': adminOptions, 'users': usersOptions,
};

/** Of core there is a list of its own. */
function pluginTable(options: Parameters<typeof optionRows>[0]): string {
  const fixed = fixedOf(options);
  return optionTable(options, (name) => fixed.includes(name) ? ' Cannot change while the service runs.' : '');
}

function optionTable(options: Parameters<typeof optionRows>[0], more: (name: string) => string = () => ''): string {
  const rows = optionRows(options).map((row) => ({ ...row, description: `${row.description}${more(row.name)}` }));
  return rows.every((row) => row.default === '')
    ? table(['Option', 'Value', 'Meaning'], rows.map((row) => [code(row.name), row.type, row.description]))
    : table(['Option', 'Value', 'Default', 'Meaning'], rows.map((row) => [code(row.name), row.type, code(row.default), row.description]));
}

function errors(): string {
  return table(['Code', 'When', 'details'], Object.entries({ ...errorTable, ...eventStoreErrors, ...uacAutoErrors, ...configErrors, ...usersErrors }).map(([name, { summary }]) => {
    const [when = '', details = ''] = summary.split(/ details: /);
    return [code(name), when, details];
  }));
}

function replies(): string {
  return table(['Reply', 'Code', 'Reason', 'Argument', 'Meaning'], Object.entries(replyTable).map(([name, row]) =>
    [code(name), String(row.code), row.reason, row.required ? `${row.takes} (needed)` : row.takes, row.doc]));
}

function help(text: string): string {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

function fileBlock(path: string): string {
  const text = readFileSync(new URL(path, root), 'utf8').trimEnd();
  return `\`\`\`${path.endsWith('.ts') ? 'ts' : 'js'} ${basename(path)}\n${text}\n\`\`\``;
}

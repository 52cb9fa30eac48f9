import { printable } from './log/printable.js';
import { holdsPromise, isThenable } from './thenable.js';

/** What a fault tells besides its code: plain values, by name. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What is known of a code. */
export interface ErrorRow {
  /** When it is thrown, for the reference: a sentence, and behind ` details: ` the names of what `details` holds. */
  readonly summary: string;
  /** What went wrong and what to do, in one or two sentences. */
  readonly message: (details: ErrorDetails) => string;
}

/**
 * Open, as `Plugins` is: a package that throws codes of its own adds them here, and gives their texts to `defineErrors`.
 *
 *     declare module '@nksip-ts/core' { interface ErrorCodes { too_late: object } }
 *     defineErrors({ too_late: { summary: 'Too late. details: seconds.', message: (d) => `It is ${d['seconds']} seconds too late.` } });
 */
export interface ErrorCodes {}

/** A value as it may stand in a sentence: short, on one line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : describe(value);
  const line = printable(text.slice(0, 121));
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  if (isThenable(value)) return 'a promise';
  if (value === console) return 'the console';
  try {
    return JSON.stringify(value, named) ?? String(value);
  } catch {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
}

/** What JSON leaves out, or shows as an empty object. */
function named(_key: string, value: unknown): unknown {
  if (typeof value === 'function') return 'a function';
  return isThenable(value) ? 'a promise' : value;
}

/** What is wrong with what a callback returned: what was most likely forgotten, or the reason that was given. */
function whyWrong({ returned, reason }: ErrorDetails): unknown {
  if (returned === undefined) return `${typeof reason === 'string' ? `${reason.replace(/\.$/, '')}: ` : ''}is a 'return' missing?`;
  if (typeof returned === 'function') return 'it is a function: call it, and return what it returns';
  return holdsPromise(returned) ? 'there is a promise in it: await it' : reason;
}

/** `details.reason` behind a colon, on one line; empty where there is none. Its full stop is left out: the sentence that it ends has one, unless it asks. */
export function because(details: ErrorDetails): string {
  return typeof details['reason'] === 'string' && details['reason'] !== '' ? `: ${details['reason'].trimEnd().replace(/[\r\n]+[ \t]*/g, ' ').replace(/\.+$/, '')}` : '';
}

function ofPlugin(details: ErrorDetails): string {
  return typeof details['plugin'] === 'string' ? ` of ${show(details['plugin'])}` : '';
}

/** A plugin by the name that it has in NkSIP. */
function isNksip(plugin: unknown): plugin is string {
  return typeof plugin === 'string' && plugin.startsWith('nksip_');
}

function didYouMean(details: ErrorDetails): string {
  return typeof details['nearest'] === 'string' ? ` Did you mean ${show(details['nearest'])}?` : '';
}

function packagesOf({ plugin }: ErrorDetails): string {
  return String(plugin).startsWith('@') ? show(plugin) : `'@nksip-ts/${String(plugin)}' or ${show(plugin)}`;
}

function lookedIn({ folders }: ErrorDetails): string {
  return Array.isArray(folders) && folders.length > 0 ? ` It was looked for from ${folders.map(String).join(', ')}.` : '';
}

/** What stands where a service is meant; undefined: its name. */
function noService(given: unknown): string | undefined {
  if (typeof given !== 'string') return `${show(given)} is no service: ${isThenable(given) ? 'await it' : "give what start returned, or the service's name"}.`;
  return /^sips?:/i.test(given) ? `No service ${show(given)} is running: the service is the first argument, an address comes after it.` : undefined;
}

function missing({ option, plugin }: ErrorDetails): string {
  return typeof plugin === 'string' ? `The plugin ${show(plugin)} needs the option ${show(option)}` : `The option ${show(option)} is missing`;
}

/** What is wrong with the port of a URI that cannot be read; undefined: nothing. */
export function portFault(uri: unknown): string | undefined {
  const [, port] = typeof uri === 'string' ? /:(\d+)(?=$|[;?,>])/.exec(uri) ?? [] : [];
  return port !== undefined && Number(port) > 65_535 ? 'a port is at most 65535' : undefined;
}

/** The codes of core. The reference in docs/errors.md is made from this table and from those that packages give to `defineErrors`. */
export const errorTable = {
  // ---- configuration
  unknown_option: {
    summary: 'An option that neither core nor a plugin of the service knows. details: option, nearest?, plugin? (that has this option), instead? (what to write instead).',
    message: (d) => typeof d['plugin'] === 'string'
      ? `The option ${show(d['option'])} belongs to the plugin ${show(d['plugin'])}: add it to 'plugins'.`
      : `The option ${show(d['option'])} is unknown${because({ reason: d['instead'] })}.${didYouMean(d)}${d['instead'] === undefined && d['nearest'] === undefined ? ' See docs/options.md and the pages of the plugins.' : ''}`,
  },
  invalid_option: {
    summary: 'An option with an invalid value, or a required option that is missing. details: option, given, reason (what would be right), plugin? (whose option it is).',
    message: (d) => `${d['given'] === undefined ? missing(d) : `The option ${show(d['option'])} cannot be ${show(d['given'])}`}${because(d)}.`,
  },
  unknown_plugin: {
    summary: 'A plugin name that was neither imported nor found installed. details: plugin, nearest?, needed_by?, folders (where it was searched), reason? (why it was not searched).',
    message: (d) => typeof d['reason'] === 'string' ? `The plugin ${show(d['plugin'])} is unknown${because(d)}.` : `The plugin ${show(d['plugin'])}${typeof d['needed_by'] === 'string' ? `, which ${show(d['needed_by'])} depends on,` : ''} is unknown.`
      + (typeof d['nearest'] === 'string' || isNksip(d['plugin']) ? didYouMean(isNksip(d['plugin']) ? { nearest: d['plugin'].slice(6).replaceAll('_', '-') } : d) : ` Install ${packagesOf(d)} where it is looked for, or import it.`)
      + (isNksip(d['plugin']) ? '' : lookedIn(d)),
  },
  invalid_plugin: {
    summary: 'Something in `plugins`, or given to definePlugin, that is not a plugin. details: plugin (or kind, where it has no name), reason.',
    message: (d) => `${typeof d['kind'] === 'string' ? d['kind'].replace(/^a/, 'A') : show(d['plugin'])} is not a plugin${because(d)}.`,
  },
  plugin_cycle: {
    summary: 'Plugins that depend on each other in a circle. details: path (names, the first one again at the end).',
    message: (d) => `Plugins depend on each other in a circle: ${Array.isArray(d['path']) ? d['path'].join(' -> ') : ''}. Remove one of these from plugin_deps or plugin_optional_deps.`,
  },
  duplicate_plugin: {
    summary: 'Two different plugins of one name. details: plugin.',
    message: (d) => `Another plugin is called ${show(d['plugin'])} already: rename one, or see that its package is installed only once.`,
  },
  plugin_failed: {
    summary: 'A hook of a plugin (plugin_config, plugin_prepare, plugin_start, plugin_update, plugin_drain, plugin_stop, api, callbacks) threw or returned something invalid. details: plugin, hook, reason?. The error thrown is the cause.',
    message: (d) => `The plugin ${show(d['plugin'])} failed in ${String(d['hook'])}${because(d)}.`,
  },
  unknown_callback: {
    summary: 'A callback that neither core nor a plugin of the service calls. details: callback, owner? (who defines it), nearest?, plugin? (that calls it), instead? (what to write instead), is_asked? (true if a plugin calls it with service.call).',
    message: (d) => typeof d['plugin'] === 'string'
      ? `The callback ${show(d['callback'])} belongs to the plugin ${show(d['plugin'])}: add it to 'plugins'.`
      : d['is_asked'] === true
        ? `Nobody implements ${show(d['callback'])}${didYouMean(d) === '' ? ': the plugin that calls it must also have it in its callbacks.' : `.${didYouMean(d)}`}`
        : `The callback ${show(d['callback'])}${typeof d['owner'] === 'string' ? ` of ${show(d['owner'])}` : ''} is never called${because({ reason: d['instead'] })}.${didYouMean(d)}`,
  },
  invalid_callback: {
    summary: 'A callback that is not a function. details: callback, owner, reason?.',
    message: (d) => `The callback ${show(d['callback'])} of ${show(d['owner'])} must be a function${because(d)}.`,
  },
  // ---- services
  invalid_service_id: {
    summary: 'A service name that is empty, too long or has control characters. details: service.',
    message: (d) => `${show(d['service'])} cannot be the name of a service: give a text of 1 to 255 printable characters.`,
  },
  service_exists: {
    summary: 'start with the name of a service that is running. details: service.',
    message: (d) => `The service ${show(d['service'])} is running already: stop it first, or choose another name.`,
  },
  service_not_found: {
    summary: 'A name under which no service is running, or something that is neither a service nor a name. details: service, nearest?.',
    message: (d) => noService(d['service']) ?? `No service ${show(d['service'])} is running.${didYouMean(d)}`,
  },
  plugin_not_in_service: {
    summary: 'The API of a plugin is called for a service that does not list it. details: plugin, service.',
    message: (d) => `The service ${show(d['service'])} has no plugin ${show(d['plugin'])}: add it to its 'plugins'.`,
  },
  invalid_listen: {
    summary: 'sip_listen that cannot be understood. details: listen, reason.',
    message: (d) => `sip_listen cannot be ${show(d['listen'])}${because(d)}. Write, for example, 'sip:all:5060, sips:all:5061'.`,
  },
  listen_failed: {
    summary: 'An address that could not be bound. details: listen, reason.',
    message: (d) => `Cannot listen on ${show(d['listen'])}${because(d)}.`,
  },
  certificate_failed: {
    summary: 'A certificate or key that cannot be read, made or used. details: option? (the one that names the file), file?, reason.',
    message: (d) => `${typeof d['option'] === 'string' ? d['option'] : 'The TLS certificate'}${typeof d['file'] === 'string' ? ` ${show(d['file'])}` : ''} cannot be used${because(d)}.`,
  },
  // ---- callbacks
  callback_failed: {
    summary: 'A callback threw or rejected. details: callback, plugin? (whose it is), reason. What it threw is the cause.',
    message: (d) => `The callback ${show(d['callback'])}${ofPlugin(d)} failed${because(d)}.`,
  },
  invalid_continue: {
    summary: "A callback returned ['continue', args] with a different number of arguments than it was called with. details: callback, plugin, expected, given.",
    message: (d) => `The callback ${show(d['callback'])} of ${show(d['plugin'])} must return ['continue', [...]] with ${String(d['expected'])} arguments, not ${show(d['given'])}.`,
  },
  chain_not_ended: {
    summary: "The last callback of a chain returned 'continue', or nobody implements the callback. details: callback, plugin?.",
    message: (d) => typeof d['plugin'] === 'string'
      ? `The callback ${show(d['callback'])} of ${show(d['plugin'])} returned 'continue', but it is the last one: it must return a value.`
      : `Nobody implements the callback ${show(d['callback'])}.`,
  },
  callback_error: {
    summary: 'A callback returned something invalid. details: callback, plugin?, returned, reason?.',
    message: (d) => `The callback ${show(d['callback'])}${ofPlugin(d)} returned an invalid value, ${show(d['returned'])}${because({ reason: whyWrong(d) })}.`,
  },
  // ---- arguments of the API
  invalid_uri: {
    summary: 'A text that is not a SIP URI. details: uri, reason?.',
    message: (d) => `${show(d['uri'])} is not a SIP URI${because({ reason: d['reason'] ?? portFault(d['uri']) })}. Write, for example, 'sip:user@example.com'.`,
  },
  invalid_aor: {
    summary: 'Something that is not an address of record. details: aor, reason?.',
    message: (d) => `${show(d['aor'])} is not an address of record${because(d)}. Write, for example, 'sip:user@example.com' or { scheme: 'sip', user: 'user', domain: 'example.com' }.`,
  },
  invalid_argument: {
    summary: 'An invalid argument of an API function. details: argument, given (or kind, where secrets may be in it), reason.',
    message: (d) => `The argument ${show(d['argument'])} cannot be ${typeof d['kind'] === 'string' ? d['kind'] : show(d['given'])}${because(d)}.`,
  },
  // ---- stores of plugins
  store_unavailable: {
    summary: 'Thrown by a store that is temporarily unavailable; the request gets a 503. details: retry_after? (seconds), reason?.',
    message: (d) => `The store is not available${because(d)}.`
      + (typeof d['retry_after'] === 'number' ? ` Try again in ${d['retry_after']} seconds.` : ''),
  },
  store_damaged: {
    summary: 'A record in a store is damaged. Requests for it get a 503; a damaged record is never served, and all others still are. details: record (its keys, as far as they are known, or how many there are).',
    message: (d) => `The store is damaged at ${String(d['record'])}: run 'nksip-ts store check'.`,
  },
  // ---- what happens while running
  timeout: {
    summary: 'An operation took too long. details: what, seconds.',
    message: (d) => `${String(d['what'] ?? 'The operation')} did not end within ${String(d['seconds'])} seconds.`,
  },
  queue_full: {
    summary: 'A queue is full. details: what, limit, retry_after? (seconds).',
    message: (d) => `Too many are waiting for ${String(d['what'] ?? 'this')} (limit ${String(d['limit'])}): try again later.`,
  },
  subscription_not_found: {
    summary: 'A handle of a subscription that does not exist, or has ended. details: subscription.',
    message: (d) => `There is no subscription ${show(d['subscription'])}: it has ended, or its SUBSCRIBE was refused.`,
  },
  no_sign_in: {
    summary: 'In the result of a request that the service sent: a challenge (401, 407) could not be answered, since sip_pass has no password for it. details: reason.',
    message: (d) => `The request was not signed in${because(d)}.`,
  },
  transport_error: {
    summary: 'A message could not be sent, or a socket failed. details: transport, address?, port?, reason, option? (whose limit is reached).',
    message: (d) => `${String(d['transport'] ?? 'The transport')}${d['address'] === undefined ? '' : ` ${String(d['address'])}:${String(d['port'])}`} failed${because(d)}.`,
  },
  resolve_failed: {
    summary: 'A host name that cannot be resolved to an address. details: host, reason.',
    message: (d) => `No address was found for ${show(d['host'])}${because(d)}.`,
  },
  internal: {
    summary: 'A defect of this library: please report it. details: reason. What was thrown is the cause.',
    message: (d) => `Something failed that never should${because(d)}.`,
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable | (keyof ErrorCodes & string);

/** The texts of all codes, by code: core's, and those of each package that was imported. */
const rows = new Map<string, ErrorRow>(Object.entries(errorTable));

/**
 * Makes codes known, before one of them is thrown; returns what it was given. A second copy of a package may define its codes again. Throws
 * `invalid_argument` for a code that another package, or core, has.
 */
export function defineErrors<const T extends Readonly<Record<string, ErrorRow>>>(table: T): T {
  const taken = Object.entries(table).find(([code, { summary }]) => (rows.get(code)?.summary ?? summary) !== summary);
  if (taken !== undefined) throw new NksipError('invalid_argument', { argument: 'table', given: taken[0], reason: 'another package has such a code already' });
  for (const [code, row] of Object.entries(table)) rows.set(code, row);
  return table;
}

/**
 * The one class of faults. `code` is one of docs/errors.md, or of a plugin; `details` is what its row lists, `cause` what was caught, if anything.
 * Expected outcomes ('not_found', a 412 response) are values, never errors.
 */
export class NksipError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { readonly cause?: unknown }) {
    const row = rows.get(code);
    if (row === undefined) throw new RangeError(`There is no error code '${String(code)}'.`);
    super(printable(row.message(details).replace(/\?\.$/, '?')), options);
    this.name = 'NksipError';
    this.code = code;
    this.details = details;
  }
}

/** The fault with this code in the error itself or among its causes; a callback's own fault is the cause of callback_failed. */
export function faultWithCode(error: unknown, code: ErrorCode): NksipError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 16; at = at.cause, depth++) {
    if (at instanceof NksipError && at.code === code) return at;
  }
  return undefined;
}

/** The text of whatever was thrown, for `details.reason`. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}

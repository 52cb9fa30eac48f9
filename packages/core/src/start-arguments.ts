import { coreCallbacks } from './callbacks.js';
import { NksipError } from './errors.js';
import { isThenable } from './thenable.js';

// Arguments of `start` and others as programs for NkSIP have them, or as a slip makes them: each with what to write.

/** Throws `invalid_argument` if there is a reason. What was given is shown as its kind: secrets may be in it. */
export function refuseArgument(argument: string, given: unknown, reason: string | undefined): void {
  if (reason !== undefined) throw new NksipError('invalid_argument', { argument, given: kindOf(given), reason });
}

/** Why this cannot be options, of a service unless there is another `example`; undefined: it can. */
export function wrongOptions(given: unknown, example = "{ sip_listen: 'sip:all:5060' }"): string | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return `write an object${(Array.isArray(given) ? named(given) : undefined) ?? `, for example ${example}`}`;
  return isThenable(given) ? 'await it' : undefined;
}

/** A list of pairs, as Erlang has them, as an object: names only, for a value may be a secret. */
function named(list: readonly unknown[]): string | undefined {
  const names = list.flatMap((pair: unknown) => Array.isArray(pair) && typeof pair[0] === 'string' && /^[a-z]\w*$/.test(pair[0]) ? [`${pair[0]}: ...`] : []);
  return names.length === 0 ? undefined : `: { ${names.slice(0, 5).join(', ')} }`;
}

/** Why this cannot be the module of a service; undefined: it can. */
export function wrongModule(module: unknown): string | undefined {
  if (typeof module === 'function') return isClass(module) ? 'it is a class: give an object of it, made with new' : 'write an object with callbacks, by their names';
  if (typeof module === 'string') return 'it is a name: import that module, and give what the import is';
  if (typeof module !== 'object' || module === null || Array.isArray(module)) return 'write an object with callbacks, by their names';
  if (isThenable(module)) return 'await it';
  const inDefault: unknown = 'default' in module ? module.default : undefined;
  return !hasCallbacks(module) && hasCallbacks(inDefault) ? 'its callbacks are in its default export: give that' : undefined;
}

function hasCallbacks(module: unknown): boolean {
  return typeof module === 'object' && module !== null && Object.keys(module).some((name) => name.startsWith('sip_'));
}

function isClass(value: object): boolean {
  return Function.prototype.toString.call(value).startsWith('class');
}

/** A value that may hold a secret, as a sentence may have it. */
export function kindOf(value: unknown): string {
  if (typeof value === 'function') return isClass(value) ? 'a class' : 'a function';
  if (Array.isArray(value)) return 'a list';
  if (isThenable(value)) return 'a promise';
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const notOptions: Readonly<Record<string, string>> = {
  callback: 'the object with the callbacks is the third argument of start',
  module: 'the object with the callbacks is the third argument of start',
  transports: "write sip_listen, for example 'sip:all:5060, sips:all:5061'",
  listen: "write sip_listen, for example 'sip:all:5060, sips:all:5061'",
};

/** Why this cannot be the folders in which plugins are looked for; undefined: it can. */
export function wrongFolders(folders: unknown): string | undefined {
  return Array.isArray(folders) && folders.every((one) => typeof one === 'string') ? undefined : 'write a list of paths, such as pluginFolders() answers';
}

/** What to write instead of an option that is none; undefined: nothing is known. */
export function insteadOf(option: string, value: unknown): string | undefined {
  if (typeof value === 'function' && (option.startsWith('sip_') || Object.hasOwn(coreCallbacks, option))) return 'callbacks are no options: put them into an object, which is the third argument of start';
  return Object.hasOwn(notOptions, option) ? notOptions[option] : undefined;
}

import { coreCallbacks } from './callbacks.js';
import { isThenable } from './thenable.js';

// Arguments of `start` as programs for NkSIP have them, or as a slip makes them: each with what to write.

/** Why this cannot be the options of a service; undefined: it can. */
export function wrongOptions(spec: unknown): string | undefined {
  if (Array.isArray(spec)) return `write an object${example(spec)}`;
  if (typeof spec !== 'object' || spec === null) return "write an object, for example { sip_listen: 'sip:all:5060' }";
  return isThenable(spec) ? 'await it' : undefined;
}

/** A list of pairs, as Erlang has them, as an object: names only, for a value may be a secret. */
function example(list: readonly unknown[]): string {
  const names = list.flatMap((pair: unknown) => Array.isArray(pair) && typeof pair[0] === 'string' && /^[a-z]\w*$/.test(pair[0]) ? [`${pair[0]}: ...`] : []);
  return names.length === 0 ? ", for example { sip_listen: 'sip:all:5060' }" : `: { ${names.slice(0, 5).join(', ')} }`;
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

/** What to write instead of an option that is none; undefined: nothing is known. */
export function insteadOf(option: string, value: unknown): string | undefined {
  if (typeof value === 'function' && (option.startsWith('sip_') || Object.hasOwn(coreCallbacks, option))) return 'callbacks are no options: put them into an object, which is the third argument of start';
  return Object.hasOwn(notOptions, option) ? notOptions[option] : undefined;
}

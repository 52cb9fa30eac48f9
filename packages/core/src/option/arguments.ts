import { NksipError } from '../errors.js';
import { isThenable } from '../thenable.js';

/** Throws `invalid_argument` if there is a reason. What was given is shown as its kind: secrets may be in it. */
export function refuseArgument(argument: string, given: unknown, reason: string | undefined): void {
  if (reason !== undefined) throw new NksipError('invalid_argument', { argument, kind: kindOf(given), reason });
}

/** Why this cannot be options, of a service unless there is another `example`; undefined: it can. */
export function wrongOptions(given: unknown, example = "{ sip_listen: 'sip:all:5060' }"): string | undefined {
  if (Array.isArray(given)) return `write an object${pairsOf(given) ?? `, for example ${example}`}`;
  if (typeof given !== 'object' || given === null) return `write an object, for example ${example}`;
  if (isThenable(given)) return 'await it';
  // A Map has no properties: all that is in it would be passed over.
  return Symbol.iterator in given ? `write an object${given instanceof Map ? ', or Object.fromEntries of the Map' : ''}` : undefined;
}

/** A list of pairs, as Erlang has them, as an object: names only, for a value may be a secret. */
function pairsOf(list: readonly unknown[]): string | undefined {
  const names = list.flatMap((pair: unknown) => Array.isArray(pair) && typeof pair[0] === 'string' && /^[a-z]\w*$/.test(pair[0]) ? [`${pair[0]}: ...`] : []);
  return names.length === 0 ? undefined : `: { ${names.slice(0, 5).join(', ')} }`;
}

/** A value that may hold a secret, as a sentence may have it. */
export function kindOf(value: unknown): string {
  if (typeof value === 'function') return isClass(value) ? 'a class' : 'a function';
  if (Array.isArray(value)) return 'a list';
  if (isThenable(value)) return 'a promise';
  if (value === null || value === undefined) return String(value);
  if (value instanceof Map) return 'a Map';
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

export function isClass(value: object): boolean {
  return Function.prototype.toString.call(value).startsWith('class');
}

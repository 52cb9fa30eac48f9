import { NksipError, reasonOf, type ErrorCode } from '../errors.js';
import { isThenable } from '../thenable.js';

export type MaybePromise<T> = T | Promise<T>;

/**
 * "Ask the next one", with the same arguments or with others. A link may also return a final value, which ends the chain.
 * Other arguments must be as many as were given.
 */
export type Continue<Args extends readonly unknown[]> = 'continue' | readonly ['continue', Args];

/** A callback: synchronous or not, it returns a result or `continue`. */
export type Callback<Args extends readonly unknown[], Result> = (...args: Args) => MaybePromise<Result | Continue<Args>>;

/** One implementation of a callback and whose it is: the service's name, a plugin's name or `core`. */
export interface ChainLink {
  readonly owner: string;
  /** A method, so that a callback with its own parameter types fits: from here on names decide, not types. */
  fn(...args: readonly unknown[]): unknown;
}

/** All implementations of one callback in the order in which they are asked. */
export interface Chain {
  readonly name: string;
  readonly owners: readonly string[];
  readonly links: readonly ChainLink[];
  /**
   * Asks the links in order. Synchronous if all that are asked are.
   * `end` is given the final value, the owner of the link that returned it, the name of the callback, and `context`; its result is the
   * chain's. With a context `end` needs no closure, which would be made for each request.
   * Throws or rejects with `callback_failed` (what the link threw is the cause), `invalid_continue` or `chain_not_ended`.
   */
  call<T = unknown>(args: readonly unknown[], end?: End<T>): MaybePromise<T>;
  call<T, C>(args: readonly unknown[], end: End<T, C>, context: C): MaybePromise<T>;
}

export type End<T, C = undefined> = (value: unknown, owner: string, callback: string, context: C) => MaybePromise<T>;

/**
 * Goes on with a value now, or when its promise is fulfilled: what is synchronous stays so. `onError` takes the rejection of
 * `value`; what `next` throws is the caller's, as with `then`.
 */
export function whenReady<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>, onError?: (error: unknown) => MaybePromise<R>): MaybePromise<R> {
  return isThenable(value) ? Promise.resolve(value).then(next, onError) : next(value);
}

type Asked = Pick<Chain, 'name' | 'links'>;

/** Makes the chain of one callback. The order of `links` is the order of asking; it is decided once, not at each call. */
export function buildChain(name: string, links: readonly ChainLink[]): Chain {
  const asked: Asked = { name, links: links.map(({ owner, fn }) => ({ owner, fn })) };
  return {
    ...asked,
    owners: asked.links.map((link) => link.owner),
    call: <T, C>(args: readonly unknown[], end?: End<T, C>, context?: C) => ask(asked, 0, args, end ?? (asItIs as End<T, C>), context as C),
  };
}

function asItIs(value: unknown): unknown {
  return value;
}

/** Made for the usual case, in which a link returns its result at once: a function with a closure in it would allocate one's context each time. */
function ask<T, C>(chain: Asked, index: number, args: readonly unknown[], end: End<T, C>, context: C): MaybePromise<T> {
  const link = chain.links[index];
  if (link === undefined) throw new NksipError('chain_not_ended', { callback: chain.name, plugin: chain.links[index - 1]?.owner });
  let result: unknown;
  try {
    result = link.fn(...args);
  } catch (error) {
    throw blame(chain.name, link.owner, error);
  }
  return isThenable(result) ? goOnLater(chain, index, link.owner, result, args, end, context) : goOn(chain, index, link.owner, result, args, end, context);
}

function goOnLater<T, C>(chain: Asked, index: number, owner: string, result: Promise<unknown>, args: readonly unknown[], end: End<T, C>, context: C): Promise<T> {
  return Promise.resolve(result).then(
    (value) => goOn(chain, index, owner, value, args, end, context),
    (error: unknown) => { throw blame(chain.name, owner, error); },
  );
}

/** With what the link at `index` has returned. */
function goOn<T, C>(chain: Asked, index: number, owner: string, result: unknown, args: readonly unknown[], end: End<T, C>, context: C): MaybePromise<T> {
  return isContinue(result) ? ask(chain, index + 1, nextArgs(chain.name, owner, result, args), end, context) : end(result, owner, chain.name, context);
}

function isContinue(value: unknown): value is 'continue' | readonly ['continue', ...unknown[]] {
  return value === 'continue' || (Array.isArray(value) && value[0] === 'continue');
}

function nextArgs(name: string, owner: string, result: 'continue' | readonly ['continue', ...unknown[]], args: readonly unknown[]): readonly unknown[] {
  if (result === 'continue') return args;
  const [, changed] = result;
  if (result.length === 2 && Array.isArray(changed) && changed.length === args.length) return changed;
  throw new NksipError('invalid_continue', {
    callback: name, plugin: owner, expected: args.length,
    given: Array.isArray(changed) ? changed.length : isThenable(changed) ? 'a promise: await it' : typeof changed,
  });
}

/** A fault of an inner chain already names the culprit and stays as it is. */
const namesCulprit: ReadonlySet<ErrorCode> = new Set(['callback_failed', 'invalid_continue', 'chain_not_ended']);

function blame(callback: string, plugin: string, error: unknown): NksipError {
  if (error instanceof NksipError && namesCulprit.has(error.code)) return error;
  return new NksipError('callback_failed', { callback, plugin, reason: reasonOf(error) }, { cause: error });
}

import { AssertionError } from 'node:assert/strict';
import { reasonOf as shown, whenReady } from '@nksip-ts/core';
import { ofCount, ofGet, ofList, ofListNow } from '../store/results.js';
import type { EventStateStore, Publication } from '../store/contract.js';

interface Rule {
  read(result: unknown): unknown;
  fault?(result: unknown): string | undefined;
}

/**
 * The store, of which a check fails with what a service would log where a method returns what it never can: a check that went on with that
 * would fail somewhere else.
 */
export function checked(store: EventStateStore): EventStateStore {
  const { versions, replace, list, listNow, count } = store;
  return {
    ...(versions !== undefined && { versions }),
    get: (...args) => whenReady(store.get(...args), (result) => (result === undefined ? undefined : right('get', result, stored, 'a record, or undefined where there is none'))),
    put: (...args) => whenReady(store.put(...args), (result) => (args[5] === undefined ? undefined : yesOrNo('put with previousVersion', result))),
    del: (...args) => whenReady(store.del(...args), (result) => yesOrNo('del', result)),
    delAll: (srvId) => store.delAll(srvId),
    ...(replace !== undefined && { replace: (...args) => whenReady(replace.apply(store, args), (result) => yesOrNo('replace', result)) }),
    ...(list !== undefined && { list: (...args) => publications(list.apply(store, args)) }),
    ...(listNow !== undefined && { listNow: (...args) => publicationsNow(listNow.apply(store, args)) }),
    ...(count !== undefined && { count: (...args) => whenReady<number | 'unknown', number | 'unknown'>(count.apply(store, args), (result) => right('count', result, ofCount, "a number from 0 up, or 'unknown'")) }),
  };
}

/** 'not_found' is for callbacks. */
const stored: Rule = { read: (result) => result === 'not_found' ? undefined : ofGet.read(result), fault: (result) => ofGet.fault?.(result) };

function right<T>(method: string, result: T, rule: Rule, must: string): T {
  if (rule.read(result) !== undefined) return result;
  throw new AssertionError({ message: rule.fault?.(result) ?? `${method} returned ${shown(result)}: it must be ${must}` });
}

function yesOrNo(method: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  throw new AssertionError({ message: `${method} returned ${shown(result)}: it must be true or false` });
}

function publicationsNow(listed: readonly Publication[] | undefined): readonly Publication[] | undefined {
  if (listed !== undefined) right('listNow', listed, ofListNow, 'an array of publications, or undefined');
  return listed?.map((one) => right('listNow', one, ofList, 'publications, { aor, tag, record }'));
}

async function* publications(listed: AsyncIterable<Publication>): AsyncIterable<Publication> {
  for await (const one of listed) yield right('list', one, ofList, 'publications, { aor, tag, record }');
}

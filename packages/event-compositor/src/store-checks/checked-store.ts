import { AssertionError } from 'node:assert/strict';
import { reasonOf as shown, whenReady } from '@nksip-ts/core';
import { ofCount, ofGet, ofList } from '../store/results.js';
import type { EventStateStore, Publication } from '../store/contract.js';

interface Rule {
  read(answer: unknown): unknown;
  fault?(answer: unknown): string | undefined;
}

/**
 * The store, of which a check fails with what a service would log where a method returns what it never can: a check that went on with that
 * would fail somewhere else.
 */
export function checked(store: EventStateStore): EventStateStore {
  const { versions, replace, list, count } = store;
  return {
    ...(versions !== undefined && { versions }),
    get: (...args) => whenReady(store.get(...args), (answer) => (answer === undefined ? undefined : right('get', answer, stored, 'a record, or undefined where there is none'))),
    put: (...args) => whenReady(store.put(...args), (answer) => (args[5] === undefined ? undefined : yesOrNo('put with previousVersion', answer))),
    del: (...args) => whenReady(store.del(...args), (answer) => yesOrNo('del', answer)),
    delAll: (srvId) => store.delAll(srvId),
    ...(replace !== undefined && { replace: (...args) => whenReady(replace.apply(store, args), (answer) => yesOrNo('replace', answer)) }),
    ...(list !== undefined && { list: (...args) => publications(list.apply(store, args)) }),
    ...(count !== undefined && { count: (...args) => whenReady<number | 'unknown', number | 'unknown'>(count.apply(store, args), (answer) => right('count', answer, ofCount, "a number from 0 up, or 'unknown'")) }),
  };
}

/** 'not_found' is for callbacks. */
const stored: Rule = { read: (answer) => answer === 'not_found' ? undefined : ofGet.read(answer), fault: (answer) => ofGet.fault?.(answer) };

function right<T>(method: string, answer: T, rule: Rule, must: string): T {
  if (rule.read(answer) !== undefined) return answer;
  throw new AssertionError({ message: rule.fault?.(answer) ?? `${method} answered ${shown(answer)}: it must be ${must}` });
}

function yesOrNo(method: string, answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw new AssertionError({ message: `${method} answered ${shown(answer)}: it must be true or false` });
}

async function* publications(listed: AsyncIterable<Publication>): AsyncIterable<Publication> {
  for await (const one of listed) yield right('list', one, ofList, 'publications, { aor, tag, record }');
}

import { reasonOf as shown, type End } from '@nksip-ts/core';
import { isMoment } from './moments.js';
import type { Publication, RegPublish, StoredPublish } from './contract.js';
import { wrongResult } from './wrong-result.js';

interface Rule<T> {
  readonly must: string;
  /** Undefined for a result that it cannot be. */
  read(result: unknown): T | undefined;
  /** What is wrong, where more can be said than `must`. */
  fault?(result: unknown): string | undefined;
}

/** What an operation of a store may return. */
export interface ResultRule<T> extends Rule<T> {
  /** Reads a result at the end of the chain. */
  readonly end: End<T>;
}

export const ofGet = resultRule<StoredPublish | 'not_found'>({
  must: "'get' must return a record or 'not_found'",
  read: (result) => result === 'not_found' || isStored(result) ? result : undefined,
  fault: (result) => recordFault('get', result),
});
export const ofPut = onlyOk('put');
export const ofDelAll = onlyOk('del_all');
export const ofReplace = resultRule<'ok' | 'replaced' | 'not_found'>({
  must: "'put' with previous_tag must return 'ok', 'replaced' or 'not_found'",
  read: (result) => result === 'replaced' || result === 'ok' || result === 'not_found' ? result : undefined,
});
export const ofPutOver = resultRule<'ok' | 'not_found'>({
  must: "'put' with previous_version must return 'ok' or 'not_found'",
  read: okOrNotFound,
});
export const ofDel = resultRule<'ok' | 'not_found'>({
  must: "'del' must return 'ok' or 'not_found'",
  read: okOrNotFound,
});
/** What is unknown holds no cap. */
export const ofCount = resultRule<number>({
  must: "'count' must return a number, from 0 up, or 'unknown'",
  read: (result) => result === 'unknown' ? 0 : typeof result === 'number' && result >= 0 ? result : undefined,
});
export const ofList = resultRule<Publication>({
  must: "'list' must yield publications, { aor, tag, record }",
  read: (result) => isPublication(result) ? result : undefined,
  fault: (result) => hasKeys(result) ? recordFault('list', result.record) : undefined,
});
/** Each of them is read by `ofList`. */
export const ofListNow = resultRule<readonly unknown[]>({
  must: "'listNow' must return an array of publications, { aor, tag, record }, or undefined",
  read: (result) => Array.isArray(result) ? result : undefined,
});

/** Throws `callback_error`. `plugin`: whose the callback is. */
export function readResult<T>(rule: ResultRule<T>, result: unknown, plugin?: string): T {
  const read = rule.read(result);
  if (read === undefined) throw wrongResult(result, rule.fault?.(result) ?? rule.must, plugin);
  return read;
}

function resultRule<T>(rule: Rule<T>): ResultRule<T> {
  const all: ResultRule<T> = { ...rule, end: (result, owner) => readResult(all, result, owner) };
  return all;
}

function onlyOk(op: string): ResultRule<'ok'> {
  return resultRule({ must: `'${op}' must return 'ok'`, read: (result) => result === 'ok' ? result : undefined });
}

function okOrNotFound(result: unknown): 'ok' | 'not_found' | undefined {
  return result === 'ok' || result === 'not_found' ? result : undefined;
}

type Unchecked<T> = Partial<Record<keyof T, unknown>>;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStored(value: unknown): value is StoredPublish {
  return isRecord(value) && versionFault(value) === undefined;
}

function isRecord(value: unknown): value is RegPublish {
  return isObject(value) && fieldFault(value) === undefined;
}

/** Undefined also for what is no object at all. */
function recordFault(method: string, value: unknown): string | undefined {
  const fault = isObject(value) ? fieldFault(value) ?? versionFault(value) : undefined;
  return fault === undefined ? undefined : `in the record of '${method}' ${fault}`;
}

function versionFault({ version }: Unchecked<StoredPublish>): string | undefined {
  return isTextOrAbsent(version) ? undefined : not('version must be a text or absent', version);
}

function fieldFault({ data, event, content_type, content_encoding, publisher, since, expires }: Unchecked<RegPublish>): string | undefined {
  if (!(data instanceof Uint8Array)) return not('data must be a Uint8Array', data);
  if (typeof event !== 'string') return not('event must be a text', event);
  if (!isTextOrAbsent(content_type)) return not('content_type must be a text or absent', content_type);
  if (!isTextOrAbsent(content_encoding)) return not('content_encoding must be a text or absent', content_encoding);
  if (!isTextOrAbsent(publisher)) return not('publisher must be a text or absent', publisher);
  if (since !== undefined && !isMoment(since)) return notMoment('since must be a number of seconds since 1970 or absent', since);
  return isMoment(expires) ? undefined : notMoment('expires must be a number of seconds since 1970', expires);
}

function notMoment(must: string, given: unknown): string {
  return Number.isFinite(given) ? `${not(must, given)}: are these milliseconds?` : not(must, given);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function not(must: string, given: unknown): string {
  return `${must}, not ${given instanceof Date ? 'a Date' : shown(given)}`;
}

function isPublication(value: unknown): value is Publication {
  return hasKeys(value) && isRecord(value.record);
}

function hasKeys(value: unknown): value is Omit<Publication, 'record'> & { readonly record: unknown } {
  if (!isObject(value)) return false;
  const { aor, tag }: Unchecked<Publication> = value;
  if (!isObject(aor) || typeof tag !== 'string') return false;
  const { scheme, user, domain }: Unchecked<Publication['aor']> = aor;
  return typeof scheme === 'string' && typeof user === 'string' && typeof domain === 'string';
}

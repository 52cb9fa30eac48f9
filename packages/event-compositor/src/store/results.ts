import { reasonOf as shown, type End } from '@nksip-ts/core';
import { isMoment } from './moments.js';
import type { Publication, RegPublish, StoredPublish } from './contract.js';
import { wrongAnswer } from './wrong-result.js';

interface Rule<T> {
  readonly must: string;
  /** Undefined for an answer that it cannot be. */
  read(answer: unknown): T | undefined;
  /** What is wrong, where more can be said than `must`. */
  fault?(answer: unknown): string | undefined;
}

/** What a store may answer. */
export interface Answers<T> extends Rule<T> {
  /** Reads an answer at the end of the chain. */
  readonly end: End<T>;
}

export const ofGet = answers<StoredPublish | 'not_found'>({
  must: "'get' must answer a record or 'not_found'",
  read: (answer) => answer === 'not_found' || isStored(answer) ? answer : undefined,
  fault: (answer) => recordFault('get', answer),
});
export const ofPut = onlyOk('put');
export const ofDelAll = onlyOk('del_all');
export const ofReplace = answers<'ok' | 'replaced' | 'not_found'>({
  must: "'put' with previous_tag must answer 'ok', 'replaced' or 'not_found'",
  read: (answer) => answer === 'replaced' || answer === 'ok' || answer === 'not_found' ? answer : undefined,
});
export const ofPutOver = answers<'ok' | 'not_found'>({
  must: "'put' with previous_version must answer 'ok' or 'not_found'",
  read: okOrNotFound,
});
export const ofDel = answers<'ok' | 'not_found'>({
  must: "'del' must answer 'ok' or 'not_found'",
  read: okOrNotFound,
});
/** What is unknown holds no cap. */
export const ofCount = answers<number>({
  must: "'count' must answer a number, from 0 up, or 'unknown'",
  read: (answer) => answer === 'unknown' ? 0 : typeof answer === 'number' && answer >= 0 ? answer : undefined,
});
export const ofList = answers<Publication>({
  must: "'list' must yield publications, { aor, tag, record }",
  read: (answer) => isPublication(answer) ? answer : undefined,
  fault: (answer) => hasKeys(answer) ? recordFault('list', answer.record) : undefined,
});

/** Throws `callback_error`. `plugin`: whose the callback is. */
export function readAnswer<T>(answers: Answers<T>, answer: unknown, plugin?: string): T {
  const read = answers.read(answer);
  if (read === undefined) throw wrongAnswer(answer, answers.fault?.(answer) ?? answers.must, plugin);
  return read;
}

function answers<T>(rule: Rule<T>): Answers<T> {
  const all: Answers<T> = { ...rule, end: (answer, owner) => readAnswer(all, answer, owner) };
  return all;
}

function onlyOk(op: string): Answers<'ok'> {
  return answers({ must: `'${op}' must answer 'ok'`, read: (answer) => answer === 'ok' ? answer : undefined });
}

function okOrNotFound(answer: unknown): 'ok' | 'not_found' | undefined {
  return answer === 'ok' || answer === 'not_found' ? answer : undefined;
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

import { show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import type { ReplyOptions } from './table.js';
import { isThenable } from '../thenable.js';

const maxDeltaSeconds = 4_294_967_295;
const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
/** Anything that could end a header line or hide in a log; a tab may stand in a value. */
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Field names that `add` cannot have, compact ones too, and who sets them. */
const notToAdd: ReadonlyMap<string, string> = new Map([
  ...['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'content-length', 'l'].map((name): [string, string] => [name, 'the stack']),
  ['content-type', "the option 'content_type'"], ['c', "the option 'content_type'"],
  ['expires', "the option 'expires'"], ['sip-etag', "the option 'sip_etag'"], ['retry-after', "the option 'retry_after'"],
]);

/** RFC 3261 20.19: decimal seconds that fit 32 bits. */
export function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxDeltaSeconds;
}

/** A text that stays on its line. */
export function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !control.test(value);
}

interface Check {
  readonly fits: (value: unknown) => boolean;
  readonly right: string;
}

const checks: { readonly [K in keyof ReplyOptions]-?: Check } = {
  expires: { fits: isSeconds, right: 'seconds, 0 to 4294967295' },
  sip_etag: { fits: (value) => typeof value === 'string' && token.test(value), right: 'a token' },
  body: { fits: (value) => typeof value === 'string' || value instanceof Uint8Array, right: 'a text or a Uint8Array' },
  content_type: { fits: isLine, right: "a media type like 'text/plain'" },
  reason_phrase: { fits: isLine, right: 'a text on one line' },
  retry_after: { fits: isSeconds, right: 'seconds, 0 to 4294967295' },
  log: { fits: isLogFields, right: "texts and numbers by name, like { user: 'alice' }" },
  add: { fits: (value) => wrongField(value) === undefined, right: 'header names with a text on one line each' },
};

const optionNames: ReadonlySet<string> = new Set(Object.keys(checks));

function isOptionName(name: string): name is keyof ReplyOptions {
  return optionNames.has(name);
}

/** All that is read of the options is looked at, own or inherited. */
export function isReplyOptions(options: unknown): options is ReplyOptions {
  if (!isObject(options)) return false;
  for (const name in options) if (!isOptionName(name) && Object.hasOwn(options, name)) return false;
  const { expires, sip_etag, body, content_type, reason_phrase, retry_after, add, log }: { readonly [K in keyof ReplyOptions]?: unknown } = options;
  return fits(checks.expires, expires) && fits(checks.sip_etag, sip_etag) && fits(checks.body, body) && fits(checks.content_type, content_type)
    && fits(checks.reason_phrase, reason_phrase) && fits(checks.retry_after, retry_after) && fits(checks.add, add)
    && fits(checks.log, log);
}

function fits(check: Check, value: unknown): boolean {
  return value === undefined || check.fits(value);
}

/** What is wrong with options that `isReplyOptions` refuses: a sentence. */
export function wrongOption(options: unknown): string {
  if (!isObject(options)) return `${show(options)} cannot be the options of a reply: write an object like { expires: 60 }.`;
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    if (!isOptionName(name)) {
      if (!Object.hasOwn(options, name)) continue;
      const nearest = nearestName(name, Object.keys(checks));
      return `A reply has no option ${show(name)}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`} Other header fields go into 'add'.`;
    }
    if (fits(checks[name], value)) continue;
    const field = name === 'add' ? wrongField(value) : undefined;
    return field ?? `The option '${name}' of a reply cannot be ${show(value)}: it must be ${checks[name].right}.`;
  }
  return 'These options cannot be used.';
}

/** What is wrong with `add`, or undefined. */
function wrongField(add: unknown): string | undefined {
  if (!isObject(add)) return `'add' cannot be ${show(add)}: write { 'Header-Name': 'value' }.`;
  for (const name in add) {
    if (!Object.hasOwn(add, name)) continue;
    const value: unknown = Reflect.get(add, name);
    const fault = usualNames.has(name) ? undefined : wrongName(name);
    if (fault !== undefined) return fault;
    if (typeof value !== 'string' || control.test(value)) return `The header ${show(name)} in 'add' cannot be ${show(value)}: it must be a text on one line.`;
  }
  return undefined;
}

/** What a registrar adds to each 200. */
const usualNames: ReadonlySet<string> = new Set(['Contact', 'Date', 'Path']);

function wrongName(name: string): string | undefined {
  if (!token.test(name)) return `${show(name)} in 'add' is no header name.`;
  const setBy = notToAdd.get(name.toLowerCase());
  return setBy === undefined ? undefined : `${show(name)} cannot stand in 'add': ${setBy} sets it.`;
}

function isLogFields(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((field) => typeof field === 'string' || typeof field === 'number');
}

/** A promise has no names, so it would pass for an object without options. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isThenable(value);
}

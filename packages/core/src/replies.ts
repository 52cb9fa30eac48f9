import { show } from './errors.js';
import { nearestName } from './nearest-name.js';
import { reasonPhrase, replyTable, type ReplyArgument, type ReplyName, type ReplyOptions } from './reply-table.js';

/** What the service puts into answers that must carry it: ready header values; an empty `events` means that none is served. */
export interface ReplyDefaults {
  readonly allow: string;
  readonly events: string;
  readonly accept: string;
}

/** A reply ready for the wire. */
export interface ResolvedReply {
  readonly code: number;
  /** UTF-8 bytes as latin1 text, like `headers`. */
  readonly reason: string;
  /** Complete header lines, each ended by CRLF. */
  readonly headers: string;
  readonly body?: Uint8Array;
  /** The answer asks for credentials: a challenge is to be added, for this realm or the default one. */
  readonly challenge?: { readonly realm?: string };
}

/** Seconds for Retry-After where a 503 gives none: without it clients must take a 503 for a 500 (RFC 3261 21.5.4). */
const defaultRetryAfter = 5;

const maxDeltaSeconds = 4_294_967_295;
const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
/** Anything that could end a header line or hide in a log; a tab may stand in a value. */
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/;
// eslint-disable-next-line no-control-regex
const beyondAscii = /[^\u0000-\u007f]/;

/** Field names that `add` cannot have, in any spelling, and what sets them. */
const notToAdd: ReadonlyMap<string, string> = new Map([
  ...['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'content-length', 'l'].map((name): [string, string] => [name, 'the stack']),
  ['content-type', "the option 'content_type'"], ['c', "the option 'content_type'"],
  ['expires', "the option 'expires'"], ['sip-etag', "the option 'sip_etag'"], ['retry-after', "the option 'retry_after'"],
]);

/** Header fields that a response with this code must carry (RFC 3261 21, 20; RFC 6665 4.1). */
const mustCarry: ReadonlyMap<number, { readonly field: string; readonly write: ReplyName }> = new Map([
  [401, { field: 'WWW-Authenticate', write: 'authenticate' }],
  [407, { field: 'Proxy-Authenticate', write: 'proxy_authenticate' }],
  [420, { field: 'Unsupported', write: 'bad_extension' }],
  [421, { field: 'Require', write: 'extension_required' }],
  [423, { field: 'Min-Expires', write: 'interval_too_brief' }],
]);

const optionNames = ['expires', 'sip_etag', 'body', 'content_type', 'reason_phrase', 'retry_after', 'add'] as const satisfies readonly (keyof ReplyOptions)[];

/** A sentence about what is wrong with a reply. */
class Refusal {
  constructor(readonly why: string) {}
}

/** Turns a callback's answer (the part after 'reply') into what goes on the wire; undefined if it has no meaning. Linear, no I/O. */
export function resolveReply(reply: unknown, defaults: ReplyDefaults): ResolvedReply | undefined {
  const resolved = read(reply, defaults);
  return resolved instanceof Refusal ? undefined : resolved;
}

/** Why `resolveReply` answers undefined, and what was probably meant: a sentence for the log. */
export function explainReply(reply: unknown): string {
  const resolved = read(reply, { allow: '', events: '', accept: '' });
  return resolved instanceof Refusal ? resolved.why : `${show(reply)} is a valid reply.`;
}

function read(reply: unknown, defaults: ReplyDefaults): ResolvedReply | Refusal {
  if (typeof reply === 'number') return fromCode(reply, {}, defaults);
  if (typeof reply === 'string') return fromName(reply, undefined, defaults);
  if (!Array.isArray(reply) || reply.length !== 2) {
    return new Refusal(`${show(reply)} is no reply: write a code, a name like 'ok', or [name, argument].`);
  }
  const [head, argument]: readonly unknown[] = reply;
  if (argument === undefined || argument === null) return new Refusal(`The reply ${show(head)} stands in a list without its argument.`);
  if (typeof head === 'string') return fromName(head, argument, defaults);
  if (typeof head === 'number') return fromCode(head, argument, defaults);
  return new Refusal(`${show(head)} is neither the code nor the name of a reply.`);
}

function fromCode(code: number, options: unknown, defaults: ReplyDefaults): ResolvedReply | Refusal {
  if (code === 408) return new Refusal('A server never answers a non-INVITE request with 408 (RFC 4320 4.2): say nothing, or 504.');
  if (!Number.isInteger(code) || code < 200 || code > 699) return new Refusal(`${code} is no final response code: 200 to 699.`);
  return withOptions(code, reasonPhrase(code), options, defaults);
}

function fromName(name: string, argument: unknown, defaults: ReplyDefaults): ResolvedReply | Refusal {
  if (!isReplyName(name)) {
    const nearest = nearestName(name, Object.keys(replyTable));
    return new Refusal(`There is no reply ${show(name)}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`}`);
  }
  const { code, reason, takes, required } = replyTable[name];
  if (argument === undefined && required) return new Refusal(`The reply '${name}' needs an argument: ['${name}', ${sample(takes)}].`);
  if (takes === 'options') return withOptions(code, reason, argument ?? {}, defaults);
  if (takes === 'realm') return challenge(name, code, reason, argument);
  if (argument === undefined) return finish(code, reason, '', defaults);
  return withArgument(name, argument, defaults);
}

function isReplyName(name: string): name is ReplyName {
  return Object.hasOwn(replyTable, name);
}

/** The header field that an argument becomes; the others are no header field. */
const fieldOf: Readonly<Partial<Record<ReplyArgument, string>>> = {
  contact: 'Contact', allow: 'Allow', accept: 'Accept', accept_encoding: 'Accept-Encoding', unsupported: 'Unsupported',
  require: 'Require', warning: 'Warning', min_expires: 'Min-Expires', min_se: 'Min-SE', retry_after: 'Retry-After',
};

function withArgument(name: ReplyName, argument: unknown, defaults: ReplyDefaults): ResolvedReply | Refusal {
  const { code, reason, takes } = replyTable[name];
  const field = fieldOf[takes];
  const inSeconds = takes === 'min_expires' || takes === 'min_se' || (takes === 'retry_after' && typeof argument === 'number');
  if (inSeconds ? !isSeconds(argument) : !isLine(argument)) {
    return new Refusal(`The reply '${name}' cannot have ${show(argument)}: write ['${name}', ${sample(takes)}].`);
  }
  const value = typeof argument === 'string' ? wireText(argument) : String(argument);
  if (field === undefined || (takes === 'retry_after' && !inSeconds)) return finish(code, value, '', defaults);
  return finish(code, reason, `${field}: ${value}\r\n`, defaults);
}

function sample(takes: ReplyArgument): string {
  switch (takes) {
    case 'options': return '{ expires: 60 }';
    case 'min_expires': case 'min_se': case 'retry_after': return '60';
    case 'contact': return "'<sip:user@example.com>'";
    case 'unsupported': case 'require': return "'100rel'";
    case 'allow': return "'PUBLISH, OPTIONS'";
    case 'accept': return "'application/pidf+xml'";
    case 'accept_encoding': return "'identity'";
    case 'warning': return "'399 example.com \"why\"'";
    case 'realm': return "'example.com'";
    case 'reason': return "'a reason'";
  }
}

function challenge(name: ReplyName, code: number, reason: string, realm: unknown): ResolvedReply | Refusal {
  if (realm === undefined) return { code, reason, headers: '', challenge: {} };
  if (!isLine(realm)) return new Refusal(`The reply '${name}' cannot have ${show(realm)}: write ['${name}', 'example.com'].`);
  return { code, reason, headers: '', challenge: { realm } };
}

function withOptions(code: number, usualReason: string, options: unknown, defaults: ReplyDefaults): ResolvedReply | Refusal {
  if (!isReplyOptions(options)) return refuseOptions(options);
  const { expires, sip_etag, body, content_type, reason_phrase, retry_after, add } = options;
  let headers = '';
  if (expires !== undefined) headers += `Expires: ${expires}\r\n`;
  if (sip_etag !== undefined) headers += `SIP-ETag: ${sip_etag}\r\n`;
  if (retry_after !== undefined) headers += `Retry-After: ${retry_after}\r\n`;
  if (add !== undefined) for (const [name, value] of Object.entries(add)) headers += `${name}: ${wireText(value)}\r\n`;
  const reason = reason_phrase === undefined ? usualReason : wireText(reason_phrase);
  if (body === undefined || body.length === 0) return finish(code, reason, headers, defaults);
  // RFC 3261 20.15: a body that is not empty has its type told.
  headers += `Content-Type: ${content_type ?? (typeof body === 'string' ? 'text/plain' : 'application/octet-stream')}\r\n`;
  return finish(code, reason, headers, defaults, typeof body === 'string' ? Buffer.from(body, 'utf8') : body);
}

/** Adds what a response with this code has to carry, where nothing was given. */
function finish(code: number, reason: string, headers: string, defaults: ReplyDefaults, body?: Uint8Array): ResolvedReply | Refusal {
  let lines = headers;
  if (code >= 400) {
    const must = mustCarry.get(code);
    if (must !== undefined && !has(headers, must.field)) {
      const argument = sample(replyTable[must.write].takes);
      return new Refusal(`A ${code} must carry ${must.field}: reply ['${must.write}', ${argument}].`);
    }
    lines += defaultLines(code, headers, defaults);
  }
  return body === undefined ? { code, reason, headers: lines } : { code, reason, headers: lines, body };
}

function defaultLines(code: number, headers: string, defaults: ReplyDefaults): string {
  switch (code) {
    case 405: return has(headers, 'Allow') ? '' : `Allow: ${defaults.allow}\r\n`;
    case 415: return has(headers, 'Accept') || has(headers, 'Accept-Encoding') ? '' : `Accept: ${defaults.accept}\r\n`;
    // RFC 3903 6(2). The grammar has no empty Allow-Events: where no package is served there is none.
    case 489: return defaults.events === '' || has(headers, 'Allow-Events') ? '' : `Allow-Events: ${defaults.events}\r\n`;
    case 503: return has(headers, 'Retry-After') ? '' : `Retry-After: ${defaultRetryAfter}\r\n`;
    default: return '';
  }
}

function has(headers: string, field: string): boolean {
  return headers !== '' && `\n${headers}`.toLowerCase().includes(`\n${field.toLowerCase()}:`);
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxDeltaSeconds;
}

/** A text that stays on its line. */
function isLine(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && !control.test(value);
}

/** Text as it goes on the wire: UTF-8, each byte as one latin1 character. */
function wireText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

const optionChecks: { readonly [K in keyof ReplyOptions]-?: { readonly fits: (value: unknown) => boolean; readonly right: string } } = {
  expires: { fits: isSeconds, right: 'seconds, 0 to 4294967295' },
  sip_etag: { fits: (value) => typeof value === 'string' && token.test(value), right: 'a token' },
  body: { fits: (value) => typeof value === 'string' || value instanceof Uint8Array, right: 'a text or a Uint8Array' },
  content_type: { fits: isLine, right: "a media type like 'text/plain'" },
  reason_phrase: { fits: isLine, right: 'a text on one line' },
  retry_after: { fits: isSeconds, right: 'seconds, 0 to 4294967295' },
  add: { fits: (value) => refusedField(value) === undefined, right: 'header names with a text on one line each' },
};

function isReplyOptions(options: unknown): options is ReplyOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false;
  for (const [name, value] of Object.entries(options)) {
    if (!isOptionName(name) || (value !== undefined && !optionChecks[name].fits(value))) return false;
  }
  return true;
}

function isOptionName(name: string): name is (typeof optionNames)[number] {
  return Object.hasOwn(optionChecks, name);
}

function refuseOptions(options: unknown): Refusal {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return new Refusal(`${show(options)} cannot be the options of a reply: write an object like { expires: 60 }.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!isOptionName(name)) {
      const nearest = nearestName(name, optionNames);
      return new Refusal(`A reply has no option ${show(name)}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`} Other header fields go into 'add'.`);
    }
    if (value === undefined || optionChecks[name].fits(value)) continue;
    const field = name === 'add' ? refusedField(value) : undefined;
    return new Refusal(field ?? `The option '${name}' of a reply cannot be ${show(value)}: it must be ${optionChecks[name].right}.`);
  }
  return new Refusal('These options cannot be used.');
}

/** What is wrong with `add`, or undefined. */
function refusedField(add: unknown): string | undefined {
  if (typeof add !== 'object' || add === null || Array.isArray(add)) return `'add' cannot be ${show(add)}: write { 'Header-Name': 'value' }.`;
  for (const [name, value] of Object.entries(add)) {
    if (!token.test(name)) return `${show(name)} in 'add' is no header name.`;
    const setBy = notToAdd.get(name.toLowerCase());
    if (setBy !== undefined) return `${show(name)} cannot stand in 'add': ${setBy} sets it.`;
    if (typeof value !== 'string' || control.test(value)) return `The header ${show(name)} in 'add' cannot be ${show(value)}: it must be a text on one line.`;
  }
  return undefined;
}

import { show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { isLine, isReplyOptions, isSeconds, wrongOption } from './options.js';
import { reasonPhrase, replyTable, type ReplyArgument, type ReplyName, type ReplyOptions } from './table.js';

/** What the service puts into responses that must carry it: ready header values; an empty `events` means that none is served. */
export interface ReplyDefaults {
  readonly allow: string;
  readonly events: string;
  readonly accept: string;
}

/** What a reply means on the wire, and what a response is made of beside its request. */
export interface OutgoingResponse {
  readonly code: number;
  readonly reason: string;
  /** Complete header lines, each ended by CRLF. */
  readonly headers: string;
  /** Not empty. */
  readonly body?: Uint8Array;
  /** What the log says of it besides. */
  readonly log?: NonNullable<ReplyOptions['log']>;
  /** It asks for credentials: a challenge is to be added, for this realm or the default one. */
  readonly challenge?: { readonly realm?: string };
}

/** Seconds for Retry-After where a 503 gives none: without it clients must take a 503 for a 500 (RFC 3261 21.5.4). */
export const defaultRetryAfter = 5;

/** Header fields that a response with this code must carry (RFC 3261 20 to 22), and the reply that has them. */
const mustCarry: ReadonlyMap<number, { readonly field: string; readonly write: ReplyName }> = new Map([
  [401, { field: 'WWW-Authenticate', write: 'authenticate' }],
  [407, { field: 'Proxy-Authenticate', write: 'proxy_authenticate' }],
  [420, { field: 'Unsupported', write: 'bad_extension' }],
  [421, { field: 'Require', write: 'extension_required' }],
  [423, { field: 'Min-Expires', write: 'interval_too_brief' }],
]);

/** The header field that an argument becomes, and an example of it. */
const argumentFields: { readonly [A in ReplyArgument]: { readonly field?: string; readonly example: string } } = {
  options: { example: '{ expires: 60 }' },
  reason: { example: "'a reason'" },
  realm: { example: "'example.com'" },
  contact: { field: 'Contact', example: "'<sip:user@example.com>'" },
  allow: { field: 'Allow', example: "'PUBLISH, OPTIONS'" },
  accept: { field: 'Accept', example: "'application/pidf+xml'" },
  accept_encoding: { field: 'Accept-Encoding', example: "'identity'" },
  unsupported: { field: 'Unsupported', example: "'100rel'" },
  require: { field: 'Require', example: "'eventlist'" },
  warning: { field: 'Warning', example: `'399 example.com "why"'` },
  min_expires: { field: 'Min-Expires', example: '60' },
  min_se: { field: 'Min-SE', example: '90' },
  retry_after: { field: 'Retry-After', example: '30' },
};

/** A sentence about what is wrong with a reply. */
class Refusal {
  constructor(readonly why: string) {}
}

/** The response that a reply (what a callback returns after 'reply') means; undefined if it has no meaning. */
export function resolveReply(reply: unknown, defaults: ReplyDefaults): OutgoingResponse | undefined {
  const resolved = read(reply, defaults);
  return resolved instanceof Refusal ? undefined : resolved;
}

/** Why `resolveReply` returns undefined, and what was probably meant: a sentence for the log. */
export function explainReply(reply: unknown): string {
  const resolved = read(reply, { allow: '', events: '', accept: '' });
  return resolved instanceof Refusal ? resolved.why : `${show(reply)} is a valid reply.`;
}

function read(reply: unknown, defaults: ReplyDefaults): OutgoingResponse | Refusal {
  if (typeof reply === 'number') return fromCode(reply, {}, defaults);
  if (typeof reply === 'string') return fromName(reply, undefined, defaults);
  if (!Array.isArray(reply) || reply.length !== 2) {
    return new Refusal(`${show(reply)} is no reply: write a code, a name like 'ok', or [name, argument].`);
  }
  const head: unknown = reply[0];
  const argument: unknown = reply[1];
  if (argument === undefined || argument === null) return new Refusal(`The reply ${show(head)} stands in a list without its argument.`);
  if (typeof head === 'string') return fromName(head, argument, defaults);
  if (typeof head === 'number') return fromCode(head, argument, defaults);
  return new Refusal(`${show(head)} is neither the code nor the name of a reply.`);
}

function fromCode(code: number, options: unknown, defaults: ReplyDefaults): OutgoingResponse | Refusal {
  if (code === 408) return new Refusal('A server never answers a non-INVITE request with 408 (RFC 4320 4.2): return 504, for example.');
  if (!Number.isInteger(code) || code < 200 || code > 699) return new Refusal(`${code} is no final response code: these are 200 to 699.`);
  if (isLine(options)) return new Refusal(`A code has its text in an option: write [${code}, { reason_phrase: ${show(options)} }].`);
  return withOptions(code, reasonPhrase(code), options, defaults);
}

function fromName(name: string, argument: unknown, defaults: ReplyDefaults): OutgoingResponse | Refusal {
  if (!isReplyName(name)) {
    if (/^[2-6]\d\d$/.test(name)) return new Refusal(`A code is a number: write ${argument === undefined ? name : `[${name}, ...]`}.`);
    const nearest = nearestName(name, [...replyNames]);
    return new Refusal(`There is no reply ${show(name)}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`}`);
  }
  const { code, reason, takes, required } = replyTable[name];
  if (takes === 'options') return withOptions(code, reason, argument ?? {}, defaults);
  if (argument !== undefined) return withArgument(name, argument, defaults);
  if (required) return new Refusal(`The reply '${name}' needs an argument: ${exampleOf(name)}.`);
  if (takes === 'realm') return { code, reason, headers: '', challenge: {} };
  // RFC 3261 8.2.3: where the encoding was the cause, Accept-Encoding says what is taken.
  return finish(code, reason, takes === 'accept_encoding' ? 'Accept-Encoding: identity\r\n' : '', defaults);
}

const replyNames: ReadonlySet<string> = new Set(Object.keys(replyTable));

function isReplyName(name: string): name is ReplyName {
  return replyNames.has(name);
}

function exampleOf(name: ReplyName): string {
  return `['${name}', ${argumentFields[replyTable[name].takes].example}]`;
}

function withArgument(name: ReplyName, argument: unknown, defaults: ReplyDefaults): OutgoingResponse | Refusal {
  const { code, reason, takes } = replyTable[name];
  const inSeconds = takes === 'min_expires' || takes === 'min_se' || (takes === 'retry_after' && typeof argument === 'number');
  if (inSeconds ? !isSeconds(argument) : !isLine(argument)) return new Refusal(`The reply '${name}' cannot have ${show(argument)}: write ${exampleOf(name)}.`);
  const value = String(argument);
  if (takes === 'realm') return { code, reason, headers: '', challenge: { realm: value } };
  const { field } = argumentFields[takes];
  return field === undefined || (takes === 'retry_after' && !inSeconds)
    ? finish(code, value, '', defaults)
    : finish(code, reason, `${field}: ${value}\r\n`, defaults);
}

function withOptions(code: number, usualReason: string, options: unknown, defaults: ReplyDefaults): OutgoingResponse | Refusal {
  if (!isReplyOptions(options)) return new Refusal(wrongOption(options));
  const { expires, sip_etag, body, content_type, reason_phrase = usualReason, retry_after, add, log } = options;
  let headers = '';
  if (expires !== undefined) headers += `Expires: ${expires}\r\n`;
  if (sip_etag !== undefined) headers += `SIP-ETag: ${sip_etag}\r\n`;
  if (retry_after !== undefined) headers += `Retry-After: ${retry_after}\r\n`;
  // Without a list of them, which would be made for each response.
  for (const name in add) if (Object.hasOwn(add, name)) headers += `${name}: ${add[name] ?? ''}\r\n`;
  if (body === undefined || body.length === 0) return finish(code, reason_phrase, headers, defaults, undefined, log);
  // RFC 3261 20.15: a body that is not empty has its type told.
  headers += `Content-Type: ${content_type ?? (typeof body === 'string' ? 'text/plain' : 'application/octet-stream')}\r\n`;
  return finish(code, reason_phrase, headers, defaults, typeof body === 'string' ? Buffer.from(body, 'utf8') : body, log);
}

/** Adds what a response with this code has to carry, where nothing was given. */
function finish(code: number, reason: string, headers: string, defaults: ReplyDefaults, body?: Uint8Array, log?: OutgoingResponse['log']): OutgoingResponse | Refusal {
  let lines = headers;
  if (code >= 400) {
    const must = mustCarry.get(code);
    if (must !== undefined && !has(headers, must.field)) return new Refusal(`A ${code} must carry ${must.field}: reply ${exampleOf(must.write)}.`);
    lines += defaultLines(code, headers, defaults);
  }
  // Each shape is written out: a spread with something behind it takes a microsecond and more (V8 of Node.js 20).
  if (body === undefined) return log === undefined ? { code, reason, headers: lines } : { code, reason, headers: lines, log };
  return log === undefined ? { code, reason, headers: lines, body } : { code, reason, headers: lines, body, log };
}

function defaultLines(code: number, headers: string, defaults: ReplyDefaults): string {
  switch (code) {
    case 405: return has(headers, 'Allow') ? '' : `Allow: ${defaults.allow}\r\n`;
    case 415: return has(headers, 'Accept') || has(headers, 'Accept-Encoding') || has(headers, 'Accept-Language') ? '' : `Accept: ${defaults.accept}\r\n`;
    // RFC 3903 6(2). The grammar has no empty Allow-Events: where no package is served there is none.
    case 489: return defaults.events === '' || has(headers, 'Allow-Events') ? '' : `Allow-Events: ${defaults.events}\r\n`;
    case 503: return has(headers, 'Retry-After') ? '' : `Retry-After: ${defaultRetryAfter}\r\n`;
    default: return '';
  }
}

function has(headers: string, field: string): boolean {
  return headers !== '' && `\n${headers}`.toLowerCase().includes(`\n${field.toLowerCase()}:`);
}

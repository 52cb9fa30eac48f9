import { formatMediaType, isToken, parseEvent, parseMediaType, parseNameAddr, parseNameAddrList, type MediaType } from '@nksip-ts/sip';
import { z } from 'zod';

import { NksipError } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { givenFor, typeOf } from '../option/meta.js';
import { oneLine, passwords } from '../option/types.js';
import type { PublishOptionTexts, RequestOptionTexts, SubscribeOptionTexts } from './request-option-texts.generated.js';
import { refuseArgument, wrongOptions } from '../option/arguments.js';

// The options of one request, with NkSIP's names. `type` and `description` go into the reference and into the message about a
// wrong value.

interface About {
  readonly type: string;
  readonly description: string;
}

const header = (about: About, holds: (value: string) => boolean = () => true) => oneLine().refine(holds).optional().meta({ ...about });

const headerList = (about: About) => z.union([oneLine(), z.array(oneLine()).readonly()]).optional().meta({ ...about });

const whole = (max: number, about: About) => z.number().int().min(0).max(max).optional().meta({ ...about });

/** Header lines to add or to set: by name, or in pairs where their order matters. */
const headerLines = z.union([
  z.record(oneLine(), z.union([oneLine(), z.array(oneLine()).readonly()])),
  z.array(z.tuple([oneLine(), oneLine()]).readonly()).readonly(),
]);
const edits = (description: string) =>
  headerLines.optional().meta({ type: "header lines, as { 'X-Name': 'value' } or [['X-Name', 'value']]", description });

const isAddress = (value: string): boolean => parseNameAddr(value) !== undefined;
const isContact = (value: string | readonly string[]): boolean => parseNameAddrList(value) !== undefined;
/** RFC 3261 25.1 callid: one or two words; their letters are all of ASCII that a URI or a quoted string needs. */
const isCallId = (value: string): boolean => /^[\w\-.!%*+`'~()<>:\\"/[\]?{}]+(@[\w\-.!%*+`'~()<>:\\"/[\]?{}]+)?$/.test(value);

const mediaTypeText = oneLine().refine((text) => parseMediaType(text) !== undefined);

function isMediaType(value: unknown): value is MediaType {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'params' in value && value.params instanceof Map
    && [...value.params].flat().every((text) => typeof text === 'string');
}

const address = "a SIP address, such as 'sip:user@example.com' or '\"Name\" <sip:user@example.com>'";
const eventPackage: About = { type: "an event package, such as 'presence'", description: 'Event.' };
const list = "a text, such as 'a, b', or a list of them";

export const sendingOptions = {
  from: header({ type: address, description: 'From, instead of sip_from. If it has a tag, that is used.' }, isAddress),
  to: header({ type: address, description: 'To. Unset: the Request-URI without the parts that To may not have (port, transport and the like).' }, isAddress),
  call_id: header({ type: 'a Call-ID', description: 'Unset: a new one.' }, isCallId),
  cseq_num: whole(2 ** 31 - 1, { type: '0 to 2147483647', description: 'Number in CSeq. Unset: the number of the last request plus 1.' }),
  route: headerList({ type: "an address, such as '<sip:proxy.example.com;lr>', or a list of them", description: 'Route set, instead of sip_route. An empty list: none.' }),
  contact: z.union([z.boolean(), oneLine(), z.array(oneLine()).readonly()]).refine((value) => typeof value === 'boolean' || isContact(value)).optional()
    .meta({ type: 'true, false, an address or a list of them', description: 'Contact. true: from the user in From and the address of the service. Unset: true for SUBSCRIBE, NOTIFY and REFER, otherwise false.' }),
  max_forwards: whole(255, { type: '0 to 255', description: 'Max-Forwards. Unset: 70.' }),
  event: header(eventPackage, (value) => parseEvent(value) !== undefined),
  expires: whole(2 ** 32 - 1, { type: 'seconds, 0 to 4294967295', description: 'Expires.' }),
  sip_if_match: header({ type: 'an entity-tag', description: 'SIP-If-Match: the SIP-ETag of the last response.' }, isToken),
  body: z.union([z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array)]).optional().meta({ type: 'a text, sent as UTF-8, or bytes', description: 'Body.' }),
  content_type: z.union([mediaTypeText, z.custom<MediaType>(isMediaType).transform(formatMediaType).pipe(mediaTypeText)]).optional()
    .meta({ type: "a media type, such as 'text/plain', or what parseMediaType of @nksip-ts/sip made of one", description: 'Content-Type of the body. Unset: the default of the event package, else text/plain.' }),
  user_agent: header({ type: 'a text', description: 'User-Agent.' }),
  supported: headerList({ type: list, description: 'Supported: option tags.' }),
  require: headerList({ type: list, description: 'Require: option tags.' }),
  accept: headerList({ type: list, description: 'Accept: media types.' }),
  reason: headerList({ type: list, description: "Reason (RFC 3326), such as 'SIP;cause=200'." }),
  replace: edits('Header lines that replace all existing ones of the same name.'),
  insert: edits('Header lines to insert before existing ones of the same name.'),
  add: edits('Header lines to add after existing ones of the same name.'),
  sip_pass: passwords('Passwords for challenges (401, 407). The user is the one in From unless user is given. Unset: those of the service.'),
  timeout: z.number().positive().max(2_147_483).optional()
    .meta({ type: 'seconds, above 0', description: 'The request fails after this time, whatever it is waiting for. Unset: 128 * T1, which is 64 seconds.' }),
};

export const requestOptions = z.strictObject({
  ...sendingOptions,
  get_meta: z.array(oneLine()).readonly().optional()
    .meta({ type: 'a list of header names', description: "Headers of the response whose values are wanted in `meta`, such as ['expires', 'contact']; '_' stands for '-'." }),
});

export const publishOptions = z.strictObject({ ...sendingOptions, event: sendingOptions.event.unwrap().meta({ ...eventPackage }) });

const refreshing = z.boolean().optional().meta({ type: 'true or false', description: 'Whether the subscription is refreshed before it expires. Unset: true; within a subscription: as before.' });

export const subscribeOptions = publishOptions.omit({ sip_if_match: true }).extend({ refresh: refreshing });

/** Within a subscription, whose dialog decides the rest. */
export const resubscribeOptions = subscribeOptions.omit({ event: true, from: true, to: true, call_id: true, cseq_num: true, route: true });

/** What `uac.request`, `uac.options` and `uac.message` take; `Meta` are the names in `get_meta`. */
export type RequestOptions<Meta extends string = string> = Omit<z.input<typeof requestOptions>, 'get_meta'> & RequestOptionTexts & { readonly get_meta?: readonly Meta[] | undefined };

/** What `uac.publish` takes: `event` is required. */
export type PublishOptions = z.input<typeof publishOptions> & PublishOptionTexts;

/** What `uac.subscribe` takes with a URI: `event` is required. */
export type SubscribeOptions = z.input<typeof subscribeOptions> & SubscribeOptionTexts;

/** What `uac.subscribe` takes with a handle. */
export type ResubscribeOptions = z.input<typeof resubscribeOptions> & Omit<SubscribeOptionTexts, 'event' | 'from' | 'to' | 'call_id' | 'cseq_num' | 'route'>;

/** What every request can be told, as it was read. */
export type SendingOptions = Omit<z.output<typeof requestOptions>, 'get_meta'>;

export type HeaderLines = z.input<typeof headerLines>;

/** The options of one request, checked. Throws NksipError: `unknown_option` with the nearest name, `invalid_option` or `invalid_argument`. */
export function readOptions<S extends z.ZodObject>(schema: S, options: unknown): z.output<S> {
  refuseArgument('options', options, wrongOptions(options, "{ event: 'presence', expires: 60 }"));
  const read = schema.safeParse(options);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const option = issue.keys[0] ?? '';
    const instead = Object.hasOwn(notOptions, option) ? notOptions[option] : undefined;
    throw new NksipError('unknown_option', { option, ...(instead === undefined ? { nearest: nearestName(option, Object.keys(schema.shape)) } : { instead }) });
  }
  const option = String(issue?.path[0]);
  const field = schema.shape[option];
  throw new NksipError('invalid_option', { option, given: givenFor(field, Reflect.get(Object(options), option)), reason: `it must be ${field === undefined ? '' : typeOf(field)}` });
}

const tag = "write sip_if_match, with the tag that the last response gave in meta.sip_etag";
const lines = "write add, insert or replace, each as { 'X-Name': 'value' }";
const password = 'write sip_pass';

/** What programs write for an option of another name. */
const notOptions: Readonly<Record<string, string>> = {
  sip_etag: tag, etag: tag, if_match: tag, headers: lines, header: lines, pass: password, password,
};

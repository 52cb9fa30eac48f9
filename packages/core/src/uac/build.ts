import { buildRequest, formatNameAddr, formatUri, parseEvent, parseNameAddr, parseUri, usualContentTypes, type NameAddr, type Uri } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';
import { transportParameter, type TransportName } from '../transport/transport-facts.js';
import { editHeaders, type HeaderLine } from './header-edits.js';
import type { SendingOptions } from './request-options.js';
import { asToUri, routeTo } from '../dialog/route-set.js';

/** What a service says of itself in its requests. */
export interface UacIdentity {
  /** `sip_from`: an address, with or without a display name. */
  readonly from: string;
  /** `sip_route`: the route set of requests that are given none. */
  readonly route: readonly string[];
}

/** What makes a request itself and no other. */
export interface RequestIds {
  readonly callId: string;
  readonly fromTag: string;
  readonly cseq: number;
}

/** A request but for what the way to its target decides: Via and a Contact of our own. */
export interface Draft {
  readonly method: string;
  readonly requestUri: string;
  /** The URI to which RFC 3263 is applied. */
  readonly nextHop: Uri;
  readonly headers: readonly HeaderLine[];
  /** The user of a Contact that is made of our own address; undefined: none is made. */
  readonly contactUser: string | undefined;
  /** Behind that Contact: ';name=value'. */
  readonly contactParams?: string;
  readonly body: Uint8Array | undefined;
}

/** Our end of the way to a target. */
export interface LocalEnd {
  readonly transport: TransportName;
  /** IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

/** RFC 3261 8.1.1.8 wants a Contact where a dialog may come of a request; RFC 6665 and RFC 3515 have these. RFC 3903 4 has no use for one. */
const withContact: ReadonlySet<string> = new Set(['SUBSCRIBE', 'NOTIFY', 'REFER']);

/** Drafts a request. Pure. Throws NksipError('invalid_option') for options that contradict each other. `contactParams`: behind each Contact. */
export function draftRequest(method: string, uri: Uri, options: SendingOptions, identity: UacIdentity, ids: RequestIds, contactParams = ''): Draft {
  const { requestUri, route, nextHop } = routeTo(uri, options.route === undefined ? identity.route : listOf(options.route));
  const from = fromAddress(options.from ?? identity.from, ids.fromTag);
  const body = bodyOf(options.body);
  const headers: HeaderLine[] = [
    ...route.map((value): HeaderLine => ['Route', value]),
    // 8.1.1.6: "A UAC MUST insert a Max-Forwards header field into each request it originates with a value that SHOULD be 70."
    ['Max-Forwards', String(options.max_forwards ?? 70)],
    ['From', formatNameAddr(from)],
    ['To', options.to === undefined ? `<${formatUri(asToUri(uri))}>` : formatNameAddr(addressOf('to', options.to))],
    ['Call-ID', options.call_id ?? ids.callId],
    ['CSeq', `${options.cseq_num ?? ids.cseq} ${method}`],
    ...contactLines(options.contact, contactParams),
    ...optionLines(options, body),
  ];
  const wantsContact = options.contact === true || (options.contact === undefined && withContact.has(method));
  const contactUser = wantsContact ? parseUri(from.uri)?.user ?? '' : undefined;
  return { method, requestUri, nextHop, headers: editHeaders(headers, options), contactUser, contactParams, body };
}

/**
 * The request as it goes over one way. `branch` must never have been used before: 8.1.1.7 has it "unique across space and time",
 * and RFC 3263 4.3 wants another one for each target.
 */
export function requestBytes(draft: Draft, local: LocalEnd, branch: string): Uint8Array {
  // RFC 3581 3: "the client MUST include an "rport" parameter in the topmost Via header field" to be answered at its source port.
  const via: HeaderLine = ['Via', `SIP/2.0/${local.transport.toUpperCase()} ${local.host}:${local.port};rport;branch=${branch}`];
  const contact: readonly HeaderLine[] = draft.contactUser === undefined ? [] : [['Contact', `<${contactUri(draft, local, draft.contactUser)}>${draft.contactParams ?? ''}`]];
  const headers = [via, ...draft.headers, ...contact];
  return buildRequest({ method: draft.method, uri: draft.requestUri, headers, ...(draft.body !== undefined && { body: draft.body }) });
}

/** Our own Contact, of this user. 8.1.1.8: "If the Request-URI or top Route header field value contains a SIPS URI, the Contact header field MUST contain a SIPS URI as well." */
export function contactUri(draft: Draft, { transport, host, port }: LocalEnd, user: string): string {
  const scheme = draft.nextHop.scheme === 'sips' ? 'sips' : 'sip';
  const named = transportParameter(scheme, transport);
  const params = new Map(named === undefined ? [] : [['transport', named]]);
  return formatUri({ scheme, user, domain: host, port, params });
}

function optionLines(options: SendingOptions, body: Uint8Array | undefined): readonly HeaderLine[] {
  const contentType = body === undefined ? undefined : options.content_type ?? usualType(options.event);
  const lines: readonly (readonly [name: string, value: string | readonly string[] | number | undefined])[] = [
    ['Event', options.event],
    ['Expires', options.expires],
    ['SIP-If-Match', options.sip_if_match],
    ['Require', options.require],
    ['Supported', options.supported],
    ['Accept', options.accept],
    ['Reason', options.reason],
    ['User-Agent', options.user_agent],
    ['Content-Type', contentType],
  ];
  return lines.flatMap(([name, value]) => listOf(value).map((text): HeaderLine => [name, text]));
}

function contactLines(contact: SendingOptions['contact'], params: string): readonly HeaderLine[] {
  return typeof contact === 'boolean' ? [] : listOf(contact).map((value) => ['Contact', `${value}${params}`]);
}

function listOf(value: string | readonly string[] | number | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

/** 8.1.1.3: "The From field MUST contain a new "tag" parameter, chosen by the UAC", unless the caller goes on with one of its own. */
function fromAddress(text: string, tag: string): NameAddr {
  const address = addressOf('from', text);
  return address.params.has('tag') ? address : { ...address, params: new Map([...address.params, ['tag', tag]]) };
}

function addressOf(option: string, text: string): NameAddr {
  const address = parseNameAddr(text);
  if (address === undefined) throw new NksipError('invalid_option', { option, given: text, reason: 'it must be a SIP address' });
  return address;
}

/** An empty body is none: RFC 3903 4.3 has a refresh without. */
function bodyOf(body: string | Uint8Array | undefined): Uint8Array | undefined {
  if (body === undefined || body.length === 0) return undefined;
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

function usualType(event: string | undefined): string {
  const name = event === undefined ? undefined : parseEvent(event)?.package;
  return (name !== undefined && Object.hasOwn(usualContentTypes, name) ? usualContentTypes[name]?.[0] : undefined) ?? 'text/plain';
}

import { formatNameAddr, formatUri, Header, parseDeltaSeconds, parseNameAddr, parseNameAddrList, parseUri, sameUri, type Message, type Uri } from '@nksip-ts/sip';

import { asToUri } from '../dialog/route-set.js';
import { NksipError } from '../errors.js';
import { contactUri, type Draft } from './build.js';
import type { SendingOptions } from './request-options.js';
import { answerOf, type Answer } from './results.js';
import type { RegisterReading } from './register-options.js';
import type { Outcome } from './send.js';

/**
 * How a REGISTER ended; `local` and `error` as in Answer. `meta.contact`: all contacts that the registrar has now, one a line of the response;
 * `meta.expires`: seconds for which it keeps that of this request (of several: the one that ends first), where the response tells; `meta.min_expires`: those that a 423 asks for.
 */
export type Registered = Answer<'contact'> & { readonly meta: { readonly expires?: number; readonly min_expires?: number } };

/** A REGISTER as any other request. */
export interface Registration {
  readonly uri: Uri;
  readonly options: SendingOptions;
  /** Parameters of the Contact. */
  readonly contactParams: string;
}

/**
 * What is sent to register the address `uri`, or, where that has no user, the one of From at the registrar `uri`. `from` is that of the service,
 * `instance` its own URN. Throws `invalid_option` for options that contradict each other.
 */
export function registrationOf(uri: Uri, given: RegisterReading, from: string, instance: string): Registration {
  const { unregister, unregister_all: all, reg_id, ...options } = given;
  refuseTogether(given);
  const who = options.from ?? (uri.user === '' ? from : `<${formatUri(asToUri(uri))}>`);
  return {
    // RFC 3261 10.2: of the Request-URI "the userinfo and "@" components [...] MUST NOT be present"; To has "the address of record".
    uri: { ...uri, user: '' },
    options: {
      ...options,
      from: who,
      to: options.to ?? (uri.user === '' ? withoutTag(who) : `<${formatUri(asToUri(uri))}>`),
      contact: all === true ? '*' : options.contact ?? true,
      ...((all === true || unregister === true) && { expires: 0 }),
      // RFC 3327 5.1: a client that knows Path says so.
      supported: options.supported ?? 'path',
    },
    // RFC 5626 4.2
    contactParams: reg_id === undefined ? '' : `;reg-id=${reg_id};+sip.instance="<${instance}>"`,
  };
}

function refuseTogether({ unregister, unregister_all: all, reg_id, contact, expires }: RegisterReading): void {
  const refuse = (option: string, given: unknown, reason: string): never => { throw new NksipError('invalid_option', { option, given, reason }); };
  if (all === true && (contact !== undefined || unregister !== undefined || reg_id !== undefined)) refuse('unregister_all', all, 'it concerns all contacts: leave out contact, unregister and reg_id');
  if ((all === true || unregister === true) && expires !== undefined && expires !== 0) refuse('expires', expires, 'what is to be removed has none: leave it out');
  if (reg_id !== undefined && typeof contact === 'object' && contact.length > 1) refuse('reg_id', reg_id, 'it belongs to one contact');
}

function withoutTag(address: string): string {
  const parsed = parseNameAddr(address);
  return parsed === undefined ? address : formatNameAddr({ ...parsed, params: new Map([...parsed.params].filter(([name]) => name !== 'tag')) });
}

export function registeredOf(outcome: Outcome, draft: Draft): Registered {
  const answer = answerOf(outcome, ['contact']);
  const { response } = outcome;
  if (response === undefined) return answer;
  const expires = answer.ok ? grantedTo(response, draft, outcome) : undefined;
  const min_expires = response.status === 423 ? parseDeltaSeconds(response.first(Header.MinExpires) ?? '') : undefined;
  return { ...answer, meta: { ...answer.meta, ...(expires !== undefined && { expires }), ...(min_expires !== undefined && { min_expires }) } };
}

/**
 * RFC 3261 10.2.4: the client finds its own contacts by comparing URIs; without a parameter there the header counts. Of several the one that ends first
 * tells when to register again.
 */
function grantedTo(response: Message, draft: Draft, { end }: Outcome): number | undefined {
  const told = parseNameAddrList(response.header('Contact'));
  if (told === undefined || told === '*') return undefined;
  const own = ownContacts(draft, end);
  const times = told.filter(({ uri }) => own.some((one) => isSame(one, uri)))
    .map(({ params }) => parseDeltaSeconds(params.get('expires') ?? response.first(Header.Expires) ?? '')).filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function ownContacts(draft: Draft, end: Outcome['end']): readonly string[] {
  if (draft.contactUser !== undefined) return end === undefined ? [] : [contactUri(draft, end, draft.contactUser)];
  const given = parseNameAddrList(draft.headers.filter(([name]) => name === 'Contact').map(([, value]) => value));
  return given === undefined || given === '*' ? [] : given.map(({ uri }) => uri);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [parseUri(one), parseUri(other)];
  return a !== undefined && b !== undefined ? sameUri(a, b) : one === other;
}

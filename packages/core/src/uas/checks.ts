import { aorOf, Header, parseTokenList, type Message } from '@nksip-ts/sip';
import type { SipReply } from '../reply/table.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { IncomingRequest } from './incoming-request.js';
import { isKnownMethod } from './methods.js';
import type { Rules } from './rules.js';

// The checks of RFC 3261 8.2 that need no callback: a refusal, or undefined to go on.

/**
 * RFC 3261 8.2.1: 405 with Allow for a method that is known, 21.5.2: 501 for one that is not. A NOTIFY of a subscription of ours is served whoever implements
 * it: we have asked for it.
 */
export function refuseMethod(request: IncomingRequest, rules: Rules): SipReply | undefined {
  if (rules.allowed.has(request.method) || (request.method === 'NOTIFY' && rules.dialogs.has(request))) return undefined;
  return isKnownMethod(request.method) ? 'method_not_allowed' : 'not_implemented';
}

/**
 * RFC 3261 8.2.2.1: a scheme that is not understood is 416; 26.2.2 and RFC 5630: a sips URI wants TLS on every hop, so what came
 * without is 403; 21.4.5: a domain that is not ours is 404 (RFC 3903 6(1)), but within a dialog it is the host of our Contact (12.2.1.1). To 416 a
 * client would respond with a sip URI (8.1.3.5), and so lose the protection that it asked for.
 */
export function refuseUri(request: IncomingRequest, rules: Rules): SipReply | undefined {
  const { scheme } = request.ruri;
  if (scheme !== 'sip' && scheme !== 'sips') return 'unsupported_uri_scheme';
  if (scheme === 'sips' && !isProtected(request.source)) return ['forbidden', 'SIPS Requires TLS'];
  if (rules.domains === undefined || rules.domains.has(aorOf(request.ruri).domain)) return undefined;
  return request.message.toTag !== '' && rules.dialogs.has(request) ? undefined : foreignDomain;
}

const foreignDomain: SipReply = [404, { log: { option: 'sip_domains' } }];

function isProtected({ transport }: IncomingRequest['source']): boolean {
  return transportFacts[transport].isSecure;
}

/**
 * RFC 3261 8.2.2.2: the same request over another way is 482. 8.2.2.3: an extension that is required and unknown is 420; 25.1: what is
 * no option-tag is 400.
 */
export function refuseHeaders(message: Message, merged: boolean, rules: Rules): SipReply | undefined {
  if (merged) return 'request_merged';
  return message.count(Header.Require) === 0 ? undefined : refuseExtensions(message, rules);
}

function refuseExtensions(message: Message, rules: Rules): SipReply | undefined {
  const tags = parseTokenList(message.values(Header.Require));
  if (tags === undefined) return ['invalid_request', 'Malformed Require'];
  const unknown = tags.filter((tag) => !rules.supported.has(tag.toLowerCase()));
  return unknown.length === 0 ? undefined : ['bad_extension', unknown.join(', ')];
}

import { whenReady, type Chain, type MaybePromise } from '../callback/chain.js';
import { Refused } from '../reply/refused.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import type { SipReply } from '../reply/table.js';
import type { Call } from '../callback/request.js';
import { authenticate } from './authenticate.js';
import { refuseHeaders, refuseMethod, refuseUri } from './checks.js';
import type { Taken } from './dialogs.js';
import type { IncomingRequest } from './incoming-request.js';
import { methodCallbacks } from './methods.js';
import { invalidResult, refusal, responseTo } from './responses.js';
import type { Rules } from './rules.js';

/** A request on its road, and all that is asked on the way. */
interface Asked {
  readonly request: IncomingRequest;
  readonly call: Call;
  readonly isMerged: boolean;
  readonly rules: Rules;
  /** What a SUBSCRIBE or NOTIFY does to subscriptions. */
  readonly taken?: Taken;
}

/**
 * The road of a request through RFC 3261 8.2, in the order that docs/architecture.md draws: authorize, method, scheme and domain,
 * route, dialog, merged, extensions, what makes a subscription, and then the callback of its method. Synchronous unless a callback is not.
 * Throws what a chain throws, and `callback_error` for a result that has no meaning.
 */
export function processRequest(request: IncomingRequest, isMerged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  const call: Call = { service: rules.service, callId: request.message.callId };
  const asked: Asked = { request, call, isMerged, rules };
  const chain = rules.chains.get('sip_authorize');
  return isAsked(chain) ? authorize(chain, asked) : afterAuthorize(asked);
}

function authorize(chain: Chain, asked: Asked): MaybePromise<OutgoingResponse> {
  const { request, call, rules } = asked;
  return whenReady(authenticate(request, call, rules), (authentication) => {
    if (authentication instanceof Refused) return refusal(authentication.reply, rules);
    request.authentication = authentication;
    const list = rules.dialogs.knowsSender(request) ? [...authentication.list, 'dialog'] : authentication.list;
    const known = rules.chains.get('sip_authorize_data');
    return isAsked(known) ? known.call([list, request, call], authorizeKnown, { chain, asked }) : chain.call([list, request, call], authorized, asked);
  });
}

/** With what plugins know of the sender beside what the credentials prove. */
function authorizeKnown(list: unknown, owner: string, callback: string, { chain, asked }: { readonly chain: Chain; readonly asked: Asked }): MaybePromise<OutgoingResponse> {
  if (!Array.isArray(list)) throw invalidResult(callback, owner, list);
  return chain.call([list, asked.request, asked.call], authorized, asked);
}

/** A chain that only core implements lets everything pass: it need not be asked. */
function isAsked(chain: Chain | undefined): chain is Chain {
  return chain !== undefined && chain.links.length > 1;
}

function authorized(result: unknown, owner: string, callback: string, asked: Asked): MaybePromise<OutgoingResponse> {
  return result === 'ok' ? afterAuthorize(asked) : decided(result, isRefusal(result) ? result : undefined, owner, callback, asked);
}

/** Anything else is a mistake of the callback, and never lets a request pass. */
function isRefusal(result: unknown): boolean {
  const name: unknown = Array.isArray(result) ? result[0] : result;
  return name === 'forbidden' || name === 'authenticate' || name === 'proxy_authenticate';
}

function afterAuthorize(asked: Asked): MaybePromise<OutgoingResponse> {
  const { request, call, rules } = asked;
  const refused = refuseMethod(request, rules) ?? refuseUri(request, rules);
  if (refused !== undefined) return refusal(refused, rules);
  const chain = rules.chains.get('sip_route');
  if (!isAsked(chain)) return afterRoute(asked);
  const { scheme, user, domain } = request.ruri;
  return chain.call([scheme, user, domain, request, call], routed, asked);
}

function routed(result: unknown, owner: string, callback: string, asked: Asked): MaybePromise<OutgoingResponse> {
  return result === 'process' ? afterRoute(asked) : answered(result, owner, callback, asked);
}

function afterRoute(asked: Asked): MaybePromise<OutgoingResponse> {
  const { request, isMerged, rules } = asked;
  const { method, message } = request;
  const inDialog = message.toTag !== '' || method === 'NOTIFY';
  const refused = (inDialog ? rules.dialogs.refuse(request) : undefined) ?? refuseHeaders(message, isMerged, rules);
  if (refused !== undefined) return refusal(refused, rules);
  return method === 'SUBSCRIBE' || method === 'NOTIFY' ? ofSubscription(asked) : byMethod(methodCallbacks.get(method) ?? '', asked);
}

/** RFC 6665: what makes a subscription, or belongs to one. */
function ofSubscription(asked: Asked): MaybePromise<OutgoingResponse> {
  const taken = asked.rules.dialogs.take(asked.request);
  const { request, call, isMerged, rules } = asked;
  return isTaken(taken) ? byMethod(taken.callback, { request, call, isMerged, rules, taken }) : refusal(taken, rules);
}

function isTaken(taken: Taken | SipReply): taken is Taken {
  return typeof taken === 'object' && 'callback' in taken;
}

function byMethod(callback: string, asked: Asked): MaybePromise<OutgoingResponse> {
  const { request, call, rules } = asked;
  const chain = rules.chains.get(callback);
  return chain === undefined ? refusal('method_not_allowed', rules) : chain.call([request, call], answered, asked);
}

function answered(result: unknown, owner: string, callback: string, asked: Asked): OutgoingResponse {
  return decided(result, Array.isArray(result) && result.length === 2 && result[0] === 'reply' ? result[1] : undefined, owner, callback, asked);
}

/** The end of the road: what `result`, with `reply` in it if there is one, becomes on the wire. */
function decided(result: unknown, reply: unknown, owner: string, callback: string, { request, rules, taken }: Asked): OutgoingResponse {
  const response = reply === undefined ? undefined : responseTo(request, reply, rules);
  if (response === undefined) throw invalidResult(callback, owner, result, reply);
  return taken === undefined ? response : taken.respond(response);
}

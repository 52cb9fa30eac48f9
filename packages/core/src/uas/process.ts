import { whenReady, type Chain, type MaybePromise } from '../callback/chain.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import type { AuthEntry } from '../callback/callbacks.js';
import type { SipReply } from '../reply/table.js';
import type { Call } from '../callback/request.js';
import { authenticate, Refused } from './authenticate.js';
import { refuseHeaders, refuseMethod, refuseUri } from './checks.js';
import type { Taken } from './dialogs.js';
import type { IncomingRequest } from './incoming-request.js';
import { methodCallbacks } from './methods.js';
import { invalidResult, refusal, responseTo } from './responses.js';
import type { Rules } from './rules.js';

/**
 * The road of a request through RFC 3261 8.2, in the order that docs/architecture.md draws: authorize, method, scheme and domain,
 * route, dialog, merged, extensions, what makes a subscription, and then the callback of its method. Synchronous unless a callback is not.
 * Throws what a chain throws, and `callback_error` for a result that has no meaning.
 */
export function processRequest(request: IncomingRequest, merged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  const call: Call = { service: rules.service, callId: request.message.callId };
  const chain = rules.chains.get('sip_authorize');
  return isAsked(chain) ? authorize(chain, request, call, merged, rules) : afterAuthorize(request, call, merged, rules);
}

function authorize(chain: Chain, request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  return whenReady(authenticate(request, call, rules), (authentication) => {
    if (authentication instanceof Refused) return refusal(authentication.reply, rules);
    request.authentication = authentication;
    return whenReady(knownOf(authentication.list, request, call, rules), (list) => chain.call<OutgoingResponse>([list, request, call], (result, owner) =>
      result === 'ok' ? afterAuthorize(request, call, merged, rules) : decided(request, rules, 'sip_authorize', owner, result, isRefusal(result) ? result : undefined)));
  });
}

/** What the credentials prove, and what plugins know of the sender. */
function knownOf(list: readonly AuthEntry[], request: IncomingRequest, call: Call, rules: Rules): MaybePromise<readonly AuthEntry[]> {
  const chain = rules.chains.get('sip_authorize_data');
  return isAsked(chain) ? chain.call<readonly AuthEntry[]>([list, request, call], listIn) : list;
}

function listIn(result: unknown, owner: string, callback: string): readonly AuthEntry[] {
  if (!Array.isArray(result)) throw invalidResult(callback, owner, result);
  return result;
}

/** A chain that only core implements lets everything pass: it need not be asked. */
function isAsked(chain: Chain | undefined): chain is Chain {
  return chain !== undefined && chain.links.length > 1;
}

/** Anything else is a mistake of the callback, and never lets a request pass. */
function isRefusal(result: unknown): boolean {
  const name: unknown = Array.isArray(result) ? result[0] : result;
  return name === 'forbidden' || name === 'authenticate' || name === 'proxy_authenticate';
}

function afterAuthorize(request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  const refused = refuseMethod(request.message, rules) ?? refuseUri(request, rules);
  if (refused !== undefined) return refusal(refused, rules);
  const chain = rules.chains.get('sip_route');
  return isAsked(chain) ? route(chain, request, call, merged, rules) : afterRoute(request, call, merged, rules);
}

function route(chain: Chain, request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  const { scheme, user, domain } = request.ruri;
  return chain.call<OutgoingResponse>([scheme, user, domain, request, call], (result, owner, callback) =>
    result === 'process' ? afterRoute(request, call, merged, rules) : decided(request, rules, callback, owner, result, replyIn(result)));
}

function afterRoute(request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<OutgoingResponse> {
  const { method, message } = request;
  const inDialog = message.toTag !== '' || method === 'NOTIFY';
  const refused = (inDialog ? rules.dialogs.refuse(request) : undefined) ?? refuseHeaders(message, merged, rules);
  if (refused !== undefined) return refusal(refused, rules);
  if (method === 'SUBSCRIBE' || method === 'NOTIFY') return answerInDialog(request, call, rules);
  return answer(methodCallbacks.get(method) ?? '', request, call, rules, asItIs);
}

/** RFC 6665: what makes a subscription, or belongs to one. */
function answerInDialog(request: IncomingRequest, call: Call, rules: Rules): MaybePromise<OutgoingResponse> {
  const taken = rules.dialogs.take(request);
  if (!isTaken(taken)) return refusal(taken, rules);
  return answer(taken.callback, request, call, rules, (response) => taken.respond(response));
}

function isTaken(taken: Taken | SipReply): taken is Taken {
  return typeof taken === 'object' && 'callback' in taken;
}

function answer(callback: string, request: IncomingRequest, call: Call, rules: Rules, complete: (response: OutgoingResponse) => OutgoingResponse): MaybePromise<OutgoingResponse> {
  const chain = rules.chains.get(callback);
  if (chain === undefined) return refusal('method_not_allowed', rules);
  return chain.call([request, call], (result, owner) => complete(decided(request, rules, callback, owner, result, replyIn(result))));
}

function asItIs(response: OutgoingResponse): OutgoingResponse {
  return response;
}

function replyIn(result: unknown): unknown {
  return Array.isArray(result) && result.length === 2 && result[0] === 'reply' ? result[1] : undefined;
}

/** The end of the road: what `result`, with `reply` in it if there is one, becomes on the wire. */
function decided(request: IncomingRequest, rules: Rules, callback: string, owner: string, result: unknown, reply: unknown): OutgoingResponse {
  const response = reply === undefined ? undefined : responseTo(request, reply, rules);
  if (response === undefined) throw invalidResult(callback, owner, result, reply);
  return response;
}

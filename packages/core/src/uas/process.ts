import { whenReady, type Chain, type MaybePromise } from '../callback/chain.js';
import type { SipReply } from '../reply/table.js';
import type { Call } from '../callback/request.js';
import { authenticate, MeaninglessPassword, otherResource, Paused } from './authorize.js';
import { refuseHeaders, refuseMethod, refuseUri } from './checks.js';
import type { IncomingRequest } from './incoming-request.js';
import { methodCallbacks } from './methods.js';
import type { Rules } from './rules.js';

/** What a callback answered, and which one: it is checked only afterwards, so that the fault has a name. */
export interface Answer {
  readonly callback: string;
  /** Whose answer it is: the service's name, a plugin's or 'core'. */
  readonly owner: string;
  readonly result: unknown;
  /** The reply in it; undefined if there is none. */
  readonly reply: unknown;
}

/**
 * The road of a request through RFC 3261 8.2, in the order that docs/architecture.md draws: authorize, method, scheme and domain,
 * route, dialog, merged, extensions, and then the callback of its method. Synchronous unless a callback is not.
 */
export function processRequest(request: IncomingRequest, merged: boolean, rules: Rules): MaybePromise<Answer> {
  const call: Call = { service: rules.service, callId: request.message.callId };
  const chain = rules.chains.get('sip_authorize');
  return isAsked(chain) ? authorize(chain, request, call, merged, rules) : afterAuthorize(request, call, merged, rules);
}

function authorize(chain: Chain, request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<Answer> {
  return whenReady(authenticate(request, call, rules), (authentication) => {
    if (authentication instanceof MeaninglessPassword) return { callback: 'sip_get_user_pass', owner: authentication.owner, result: authentication.kind, reply: undefined };
    if (authentication instanceof Paused) return refused([503, { reason_phrase: 'Too Many Failed Sign-Ins', retry_after: authentication.seconds }]);
    if (authentication === otherResource) return refused([400, { reason_phrase: otherResource }]);
    request.authentication = authentication;
    return chain.call<Answer>([authentication.list, request, call], (result, owner) =>
      result === 'ok' ? afterAuthorize(request, call, merged, rules) : { callback: 'sip_authorize', owner, result, reply: isRefusal(result) ? result : undefined });
  });
}

/** A chain in which only core answers lets everything pass: it need not be asked. */
function isAsked(chain: Chain | undefined): chain is Chain {
  return chain !== undefined && chain.links.length > 1;
}

/** Anything else is a mistake of the callback, and never lets a request pass. */
function isRefusal(result: unknown): boolean {
  const name: unknown = Array.isArray(result) ? result[0] : result;
  return name === 'forbidden' || name === 'authenticate' || name === 'proxy_authenticate';
}

function afterAuthorize(request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<Answer> {
  const refusal = refuseMethod(request.message, rules) ?? refuseUri(request, rules);
  if (refusal !== undefined) return refused(refusal);
  const chain = rules.chains.get('sip_route');
  return isAsked(chain) ? route(chain, request, call, merged, rules) : afterRoute(request, call, merged, rules);
}

function route(chain: Chain, request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<Answer> {
  const { scheme, user, domain } = request.ruri;
  return chain.call<Answer>([scheme, user, domain, request, call], (result, owner, callback) =>
    result === 'process' ? afterRoute(request, call, merged, rules) : answered(result, owner, callback));
}

function afterRoute(request: IncomingRequest, call: Call, merged: boolean, rules: Rules): MaybePromise<Answer> {
  const refusal = refuseHeaders(request.message, merged, rules);
  if (refusal !== undefined) return refused(refusal);
  const callback = methodCallbacks.get(request.method) ?? '';
  const chain = rules.chains.get(callback);
  if (chain === undefined) return refused('method_not_allowed');
  return chain.call([request, call], answered);
}

function answered(result: unknown, owner: string, callback: string): Answer {
  return { callback, owner, result, reply: replyIn(result) };
}

function replyIn(result: unknown): unknown {
  return Array.isArray(result) && result.length === 2 && result[0] === 'reply' ? result[1] : undefined;
}

function refused(reply: SipReply): Answer {
  return { callback: 'core', owner: 'core', result: reply, reply };
}

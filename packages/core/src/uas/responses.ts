import { explainResult } from '../callback/explain-result.js';
import { challengeLines } from '../digest/challenge.js';
import { NksipError } from '../errors.js';
import { resolveReply, type OutgoingResponse } from '../reply/resolve.js';
import type { SipReply } from '../reply/table.js';
import type { IncomingRequest } from './incoming-request.js';
import type { Rules } from './rules.js';

const serviceError: OutgoingResponse = { code: 500, reason: 'Service Error', headers: '' };
const invalidResponse: OutgoingResponse = { code: 500, reason: 'Callback Invalid Response', headers: '' };

/** The response with which core itself refuses a request. */
export function refusal(reply: SipReply, { replyDefaults }: Rules): OutgoingResponse {
  return resolveReply(reply, replyDefaults) ?? serviceError;
}

/** The response that the reply of a callback means, challenges included; undefined if it means none. */
export function responseTo(request: IncomingRequest, reply: unknown, rules: Rules): OutgoingResponse | undefined {
  const response = resolveReply(reply, rules.replyDefaults);
  return response?.challenge === undefined ? response : withChallenges(response, response.challenge.realm ?? rules.digest.realm, request, rules);
}

function withChallenges(response: OutgoingResponse, realm: string, request: IncomingRequest, { digest, chains }: Rules): OutgoingResponse {
  digest.signIns.challenged(chains);
  // RFC 3261 22.2, 22.3: a server asks with 401, a proxy with 407.
  const field = response.code === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  const challenges = challengeLines(field, {
    realm, nonce: digest.nonces.make(realm, Date.now()), algorithms: digest.algorithms, stale: request.authentication.stale.has(realm),
  });
  return { ...response, headers: response.headers + challenges };
}

/** A callback returned what has no meaning. `reply`: the reply in it; undefined if there is none. */
export function invalidResult(callback: string, owner: string, result: unknown, reply?: unknown): NksipError {
  return new NksipError('callback_error', { callback, plugin: owner, returned: result, reason: explainResult(callback, result, reply) });
}

/** The response where something failed on the way to one. */
export function responseAfter(error: unknown): OutgoingResponse {
  return error instanceof NksipError && error.code === 'callback_error' ? invalidResponse : serviceError;
}

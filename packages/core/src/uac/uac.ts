import { formatUri, isToken, parseUri, type Uri } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';
import { sendAuthenticated } from './authenticated.js';
import { draftRequest, type Draft } from './build.js';
import { registeredOf, registrationOf, type Registered } from './register.js';
import { registerOptions, type RegisterOptions } from './register-options.js';
import { publishOptions, readOptions, requestOptions, type PublishOptions, type RequestOptions, type SendingOptions } from './request-options.js';
import { answerOf, publishedOf, type Answer, type Published } from './results.js';
import { isSip } from '../dialog/route-set.js';
import type { Outcome } from './send.js';
import type { UacHost } from './uac-host.js';

/** A running service: its name, or what `start` returned. */
export type ServiceRef = string | { readonly id: string };

/**
 * Sends requests and resolves with how they ended: any final response is a value, as are a timeout and a transport failure, which
 * are marked `local`. Rejects with a NksipError for what is wrong on this side: `service_not_found`, `invalid_uri`,
 * `unknown_option`, `invalid_option`, `invalid_argument`, `queue_full`.
 */
export interface Uac {
  /** Any method but INVITE, ACK and CANCEL. */
  request<const Meta extends string = never>(service: ServiceRef, method: string, uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  options<const Meta extends string = never>(service: ServiceRef, uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  /** RFC 3428; the content type is text/plain unless told. */
  message<const Meta extends string = never>(service: ServiceRef, uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  /** RFC 3903: initial with a body, refresh with `sip_if_match`, modify with both, remove with `sip_if_match` and `expires: 0`. */
  publish(service: ServiceRef, uri: string, options: PublishOptions): Promise<Published>;
  /** RFC 3261 10.2: registers a contact of an address; a `uri` without a user is a registrar, and the address that of From. */
  register(service: ServiceRef, uri: string, options?: RegisterOptions): Promise<Registered>;
}

/** The same for one service, which need not be named. */
export interface ServiceUac {
  request<const Meta extends string = never>(method: string, uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  options<const Meta extends string = never>(uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  message<const Meta extends string = never>(uri: string, options?: RequestOptions<Meta>): Promise<Answer<Meta>>;
  publish(uri: string, options: PublishOptions): Promise<Published>;
  register(uri: string, options?: RegisterOptions): Promise<Registered>;
}

/** `hostOf` finds a running service, or throws NksipError('service_not_found'). It is asked first: where it was left out, all the others stand in the wrong place. */
export function createUac(hostOf: (service: ServiceRef) => UacHost): Uac {
  return {
    request: async (service, method, uri, options) => await uacOf(hostOf(service)).request(method, uri, options),
    options: async (service, uri, options) => await uacOf(hostOf(service)).options(uri, options),
    message: async (service, uri, options) => await uacOf(hostOf(service)).message(uri, options),
    publish: async (service, uri, options) => await uacOf(hostOf(service)).publish(uri, options),
    register: async (service, uri, options) => await uacOf(hostOf(service)).register(uri, options),
  };
}

/** Sends for one service. */
export function uacOf(host: UacHost): ServiceUac {
  const request: ServiceUac['request'] = async (method, uri, options = {}) => {
    refuseMethod(method);
    const { outcome } = await run(host, method, readUri(uri), readOptions(requestOptions, options));
    return answerOf(outcome, options.get_meta ?? []);
  };
  return {
    request,
    options: (uri, options) => request('OPTIONS', uri, options),
    message: (uri, options) => request('MESSAGE', uri, options),
    publish: async (uri, options) => {
      const read = readOptions(publishOptions, options);
      return publishedOf((await run(host, 'PUBLISH', readUri(uri), read)).outcome, read.expires);
    },
    register: async (uri, options = {}) => {
      const registration = registrationOf(readUri(uri), readOptions(registerOptions, options), host.identity.from, host.instance);
      const { outcome, draft } = await run(host, 'REGISTER', registration.uri, registration.options, registration.contactParams);
      return registeredOf(outcome, draft);
    },
  };
}

async function run(host: UacHost, method: string, uri: Uri, options: SendingOptions, contactParams?: string): Promise<{ readonly outcome: Outcome; readonly draft: Draft }> {
  const ids = { callId: host.randomHex(16), fromTag: host.randomHex(8), cseq: host.nextCseq() };
  const draft = draftRequest(method, uri, options, host.identity, ids, contactParams);
  const outcome = await sendAuthenticated(host, draft, {
    passwords: options.sip_pass ?? host.passwords,
    milliseconds: options.timeout === undefined ? 128 * host.timers.t1 : 1000 * options.timeout,
    nextCseq: (last) => options.cseq_num === undefined ? host.nextCseq() : last + 1,
  });
  if (outcome.local !== undefined && host.log.isLevelEnabled('debug')) {
    host.log.debug({ err: outcome.error, call_id: options.call_id ?? ids.callId }, `${method} ${formatUri(uri)} got no final response: ${outcome.local}`);
  }
  return { outcome, draft };
}

/** Throws `invalid_uri` or `invalid_argument`. */
export function readUri(text: string): Uri {
  const uri = typeof text === 'string' ? parseUri(text) : undefined;
  if (uri === undefined || !isSip(uri)) throw new NksipError('invalid_uri', { uri: text });
  // RFC 3261 19.1.5: what stands there is meant to be sent, so it must not be dropped without a word.
  const part = uri.headers !== undefined ? "what stands behind the '?'" : uri.params.has('method') ? `the parameter 'method'` : undefined;
  if (part !== undefined) throw new NksipError('invalid_argument', { argument: 'uri', given: text, reason: `${part} is not sent: leave it out, and give headers as options` });
  return uri;
}

/** Those that are registered with IANA. */
const methods: ReadonlySet<string> = new Set([
  'ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'PUBLISH', 'REFER', 'REGISTER', 'SUBSCRIBE', 'UPDATE',
]);

function refuseMethod(method: string): void {
  const refuse = (reason: string): never => { throw new NksipError('invalid_argument', { argument: 'method', given: method, reason }); };
  if (typeof method !== 'string' || !isToken(method)) refuse('a method is one token');
  // RFC 3261 7.1: methods are case-sensitive, so that this would be one that nobody knows.
  const upper = method.toUpperCase();
  if (method !== upper && methods.has(upper)) refuse(`methods are upper case: write '${upper}'`);
  if (method === 'INVITE') refuse('sessions are not supported');
  if (method === 'ACK' || method === 'CANCEL') refuse('it belongs to an INVITE, and sessions are not supported');
}

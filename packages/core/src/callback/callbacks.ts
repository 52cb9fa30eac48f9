import type { Callback } from './chain.js';
import type { Reply, SipReply } from '../reply/table.js';
import type { Call, SipRequest } from './request.js';

/**
 * What is known about the sender: `dialog` and `register` say that the request comes from where a known dialog or registration
 * does; a digest entry says for a realm whether one of the credentials offered held.
 */
export type AuthEntry = 'dialog' | 'register' | readonly [readonly ['digest', realm: string], boolean];

/** `ok` lets the request pass; `forbidden` is 403, `authenticate` 401 with a challenge, `proxy_authenticate` 407 with one. */
export type Authorization =
  | 'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate'
  | readonly ['authenticate' | 'proxy_authenticate', realm: string];

/** The callback of one method. */
export type MethodCallback = Callback<[req: SipRequest, call: Call], Reply>;

/** The callbacks that core asks. A plugin may ask more (see `Plugins`). */
export interface CoreCallbacks {
  sip_get_user_pass: Callback<[user: string, realm: string, req: SipRequest, call: Call], string | boolean>;
  sip_authorize: Callback<[authList: readonly AuthEntry[], req: SipRequest, call: Call], Authorization>;
  sip_route: Callback<[scheme: string, user: string, domain: string, req: SipRequest, call: Call], 'process' | readonly ['reply', SipReply]>;
  sip_options: MethodCallback;
  sip_publish: MethodCallback;
  sip_message: MethodCallback;
  sip_info: MethodCallback;
  sip_subscribe: MethodCallback;
  sip_notify: MethodCallback;
  sip_register: MethodCallback;
  sip_refer: MethodCallback;
}

interface CallbackRow {
  readonly args: readonly string[];
  readonly result: string;
  /** What core answers if nobody else does. */
  readonly otherwise: string;
  readonly doc: string;
}

const methodArgs = ['req', 'call'] as const;
const reply = "['reply', SipReply]";
const refused = '405 with Allow, and the method is absent from Allow';

function method(name: string, otherwise: string = refused): CallbackRow {
  return { args: methodArgs, result: reply, otherwise, doc: `Asked for every ${name} request that was let pass.` };
}

/** The same as a table: for the reference, and to refuse names that nobody asks. */
export const coreCallbacks: { readonly [K in keyof CoreCallbacks]: CallbackRow } = {
  sip_get_user_pass: {
    args: ['user', 'realm', 'req', 'call'],
    result: 'string | boolean',
    otherwise: 'false, but true for the user anonymous',
    doc: 'Asked when a request carries digest credentials for a nonce of ours, and somebody but core answers sip_authorize: once for each realm at most, and not during a pause of sip_max_auth_failures. Answers the password, a HA1 made by makeHa1, true (no password is wanted) or false (no such user).',
  },
  sip_authorize: {
    args: ['authList', 'req', 'call'],
    result: "'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate' | ['authenticate' | 'proxy_authenticate', realm]",
    otherwise: "'ok'",
    doc: "Asked for every request but ACK and CANCEL. authList has an entry [['digest', realm], held] for each realm that the request has credentials for.",
  },
  sip_route: {
    args: ['scheme', 'user', 'domain', 'req', 'call'],
    result: `'process' | ${reply}`,
    otherwise: "'process'",
    doc: 'Called for every authorized request whose method somebody serves (any other one is answered 405 before it), with the parts of its Request-URI: process it here, or answer at once.',
  },
  sip_options: method('OPTIONS', '200 with Allow, Allow-Events, Accept and Supported'),
  sip_publish: method('PUBLISH'),
  sip_message: method('MESSAGE'),
  sip_info: method('INFO'),
  sip_subscribe: method('SUBSCRIBE'),
  sip_notify: method('NOTIFY'),
  sip_register: method('REGISTER'),
  sip_refer: method('REFER'),
};

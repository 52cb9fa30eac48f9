import type { Callback } from './chain.js';
import type { Reply, SipReply } from '../reply/table.js';
import type { DialogUpdate, Subscription } from '../subscription/contract.js';
import type { Call, SipRequest } from './request.js';

/**
 * What is known about the sender. `dialog`: the request belongs to a subscription, and has the source that the last request of its peer had. `register`: a
 * contact of its From was registered from its source. A digest entry says for a realm whether one of the credentials offered held.
 */
export type AuthEntry = 'dialog' | 'register' | readonly [readonly ['digest', realm: string], boolean];

/** `ok` lets the request pass; `forbidden` is 403, `authenticate` 401 with a challenge, `proxy_authenticate` 407 with one. */
export type Authorization =
  | 'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate'
  | readonly ['authenticate' | 'proxy_authenticate', realm: string];

/** The callback of one method. */
export type MethodCallback = Callback<[req: SipRequest, call: Call], Reply>;

/** The callbacks that core calls. A plugin may call more (see `Plugins`). */
export interface CoreCallbacks {
  sip_authorize_data: Callback<[authList: readonly AuthEntry[], req: SipRequest, call: Call], readonly AuthEntry[]>;
  sip_get_user_pass: Callback<[user: string, realm: string, req: SipRequest, call: Call], string | boolean | readonly string[]>;
  sip_authorize: Callback<[authList: readonly AuthEntry[], req: SipRequest, call: Call], Authorization>;
  sip_route: Callback<[scheme: string, user: string, domain: string, req: SipRequest, call: Call], 'process' | readonly ['reply', SipReply]>;
  sip_options: MethodCallback;
  sip_publish: MethodCallback;
  sip_message: MethodCallback;
  sip_info: MethodCallback;
  sip_subscribe: MethodCallback;
  sip_resubscribe: MethodCallback;
  sip_dialog_update: Callback<[update: DialogUpdate, call: Call, subscription: Subscription], unknown>;
  sip_notify: MethodCallback;
  sip_register: MethodCallback;
  sip_refer: MethodCallback;
}

interface CallbackRow {
  readonly args: readonly string[];
  readonly result: string;
  /** The default: what core returns if no one else implements it. */
  readonly otherwise: string;
  readonly doc: string;
}

const methodArgs = ['req', 'call'] as const;
const reply = "['reply', SipReply]";
const refused = '405 with Allow, and the method is absent from Allow';

function method(name: string, otherwise: string = refused): CallbackRow {
  return { args: methodArgs, result: reply, otherwise, doc: `Called for every ${name} request that sip_authorize and sip_route accepted.` };
}

/** The same as a table: for the reference, and to refuse names of callbacks that are never called. */
export const coreCallbacks: { readonly [K in keyof CoreCallbacks]: CallbackRow } = {
  sip_get_user_pass: {
    args: ['user', 'realm', 'req', 'call'],
    result: 'string | boolean | string[]',
    otherwise: 'false, but true for the user anonymous',
    doc: 'Called when a request has digest credentials with a nonce of this service, if sip_authorize is implemented: at most once for each realm, and not during a pause of sip_max_auth_failures. Returns the password, an HA1 from makeHa1, a list of HA1s for several algorithms, true (no password needed) or false (no such user).',
  },
  sip_authorize_data: {
    args: ['authList', 'req', 'call'],
    result: 'AuthEntry[]',
    otherwise: 'authList',
    doc: "Called before sip_authorize, where that is implemented: a plugin that knows something about the sender returns ['continue', [[...authList, entry], req, call]], and sip_authorize gets the list at the end of the chain.",
  },
  sip_authorize: {
    args: ['authList', 'req', 'call'],
    result: "'ok' | 'forbidden' | 'authenticate' | 'proxy_authenticate' | ['authenticate' | 'proxy_authenticate', realm]",
    otherwise: "'ok'",
    doc: "Called for every request except ACK and CANCEL. authList has an entry [['digest', realm], valid] for each realm that the request has credentials for, 'dialog' if the request belongs to a subscription and comes from where the last request of its peer came, and those that plugins add: 'register' from the registrar.",
  },
  sip_route: {
    args: ['scheme', 'user', 'domain', 'req', 'call'],
    result: `'process' | ${reply}`,
    otherwise: "'process'",
    doc: 'Called for every authorized request whose method is served (others get a 405 before), with the parts of its Request-URI. Decides whether to process the request here or to reply at once.',
  },
  sip_options: method('OPTIONS', '200 with Allow, Allow-Events, Accept and Supported'),
  sip_publish: method('PUBLISH'),
  sip_message: method('MESSAGE'),
  sip_info: method('INFO'),
  sip_subscribe: {
    args: methodArgs, result: reply, otherwise: refused,
    doc: 'Called for every SUBSCRIBE that asks for a new subscription and that sip_authorize and sip_route accepted; its event package is one of sip_events, and its Contact and Expires are valid. A 2xx makes the subscription; Expires, Contact, Record-Route and Allow-Events are added to it. Your program then sends the NOTIFYs (uac.notify).',
  },
  sip_resubscribe: {
    args: methodArgs, result: reply, otherwise: '200',
    doc: 'Called for every SUBSCRIBE that refreshes or ends (Expires: 0) an existing subscription. Only a 2xx does so; after any other response the subscription is as before.',
  },
  sip_dialog_update: {
    args: ['update', 'call', 'subscription'], result: 'whatever', otherwise: 'nothing',
    doc: 'Called when the state of a subscription or its dialog has changed. Every implementation in the chain is called, and its result is ignored.',
  },
  sip_notify: {
    args: methodArgs, result: reply, otherwise: '200 if it belongs to a subscription of this service; else 405 with Allow, and the method is absent from Allow',
    doc: 'Called for every NOTIFY of a subscription of this service (uac.subscribe); subscriptions.handleOf(req) is its handle. When the NOTIFY has been answered, sip_dialog_update is called with what its Subscription-State says. Any other NOTIFY gets a 481, or comes here as well if sip_unsolicited_notify is set.',
  },
  sip_register: method('REGISTER'),
  sip_refer: method('REFER'),
};

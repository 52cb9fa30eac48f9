import { coreCallbacks, type CoreCallbacks } from '../callback/callbacks.js';
import type { ReplyDefaults } from '../reply/resolve.js';
import type { Reply } from '../reply/table.js';

type Fallbacks = { readonly [K in keyof CoreCallbacks]: (...args: never[]) => unknown };

const refused = (): Reply => ['reply', 'method_not_allowed'];

/** What core returns at the end of each chain; `options` makes the response to OPTIONS (RFC 3261 11.2). */
export function coreFallbacks(options: () => Reply): Fallbacks {
  return {
    sip_get_user_pass: (user: string) => user === 'anonymous',
    sip_authorize_data: (list: readonly unknown[]) => list,
    sip_authorize: () => 'ok',
    sip_route: () => 'process',
    sip_options: options,
    sip_publish: refused, sip_message: refused, sip_info: refused, sip_subscribe: refused,
    sip_resubscribe: (): Reply => ['reply', 'ok'],
    sip_dialog_update: () => 'ok',
    sip_notify: (): Reply => ['reply', 'ok'],
    sip_register: refused, sip_refer: refused,
  };
}

export function isCoreCallback(name: string): name is keyof CoreCallbacks {
  return Object.hasOwn(coreCallbacks, name);
}

/** RFC 3261 11.2, RFC 6665 7.2. An empty Supported or Allow says 'none' (20.37, 25.1); Allow-Events cannot be empty. */
export function optionsReply({ allow, events, accept }: ReplyDefaults, supported: string): Reply {
  const add = { 'Allow': allow, ...(events !== '' && { 'Allow-Events': events }), 'Accept': accept, 'Supported': supported };
  return ['reply', ['ok', { add }]];
}

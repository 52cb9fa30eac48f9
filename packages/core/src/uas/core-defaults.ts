import { coreCallbacks, type CoreCallbacks } from '../callbacks.js';
import type { Reply } from '../reply-table.js';

type Fallbacks = { readonly [K in keyof CoreCallbacks]: (...args: never[]) => unknown };

const refused = (): Reply => ['reply', 'method_not_allowed'];

/** What core answers at the end of each chain; `options` makes the answer to OPTIONS (RFC 3261 11.2). */
export function coreFallbacks(options: () => Reply): Fallbacks {
  return {
    sip_get_user_pass: (user: string) => user === 'anonymous',
    sip_authorize: () => 'ok',
    sip_route: () => 'process',
    sip_options: options,
    sip_publish: refused, sip_message: refused, sip_info: refused, sip_subscribe: refused,
    sip_notify: refused, sip_register: refused, sip_refer: refused,
  };
}

export function isCoreCallback(name: string): name is keyof CoreCallbacks {
  return Object.hasOwn(coreCallbacks, name);
}

/** What is said of the service where a response must say it. Empty values stay out. */
export function optionsReply(headers: Readonly<Record<string, string>>): Reply {
  const add = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  return ['reply', ['ok', { add }]];
}


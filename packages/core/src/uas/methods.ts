import type { Chain } from '../callback/chain.js';
import { isLettingGo } from '../callback/lets-go.js';
import type { CoreCallbacks } from '../callback/callbacks.js';

/** The callback of each method that a service can answer outside a dialog and without a session. */
export const methodCallbacks: ReadonlyMap<string, keyof CoreCallbacks> = new Map([
  ['OPTIONS', 'sip_options'],
  ['PUBLISH', 'sip_publish'],
  ['MESSAGE', 'sip_message'],
  ['INFO', 'sip_info'],
  ['SUBSCRIBE', 'sip_subscribe'],
  ['NOTIFY', 'sip_notify'],
  ['REGISTER', 'sip_register'],
  ['REFER', 'sip_refer'],
]);

/** Methods that are known but never allowed here: they need a session or a dialog. ACK is never answered, CANCEL always. */
const sessionMethods = ['INVITE', 'BYE', 'UPDATE', 'PRACK'];

/** Known: 405 if it is not allowed. Unknown: 501 (RFC 3261 8.2.1, 21.5.2). Methods are case-sensitive (7.1). */
export function isKnownMethod(method: string): boolean {
  return methodCallbacks.has(method) || sessionMethods.includes(method);
}

/** What the service can really do: the methods whose callbacks are implemented outside core, and OPTIONS, which core itself implements. */
export function answeredMethods(chains: ReadonlyMap<string, Chain>): string[] {
  const answered: string[] = [];
  for (const [method, callback] of methodCallbacks) {
    if (method === 'OPTIONS' || (chains.get(callback)?.links.length ?? 0) > 1) answered.push(method);
  }
  return answered;
}

/** Methods whose requests need not be copied, since no callback that is asked keeps one: those of core do not, and are the last in their chains. */
export function lentMethods(chains: ReadonlyMap<string, Chain>): ReadonlySet<string> {
  const asked = (name: string): Chain['links'] => chains.get(name)?.links.slice(0, -1) ?? [];
  if (asked('sip_authorize').length > 0 || asked('sip_route').length > 0) return new Set();
  const lent = [...methodCallbacks].filter(([, callback]) => asked(callback).length > 0 && asked(callback).every(({ fn }) => isLettingGo(fn)));
  return new Set(lent.map(([method]) => method));
}

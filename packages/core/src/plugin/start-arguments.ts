import { coreCallbacks } from '../callback/callbacks.js';
import { isClass } from '../option/arguments.js';
import { isThenable } from '../thenable.js';

// Arguments of `start` and others as programs for NkSIP have them, or as a slip makes them: each with what to write.

/** Why this cannot be the module of a service; undefined: it can. */
export function wrongModule(module: unknown): string | undefined {
  if (typeof module === 'function') return isClass(module) ? 'it is a class: give an object of it, made with new' : 'write an object with callbacks, by their names';
  if (typeof module === 'string') return 'it is a name: import that module, and give what the import is';
  if (typeof module !== 'object' || module === null || Array.isArray(module)) return 'write an object with callbacks, by their names';
  if (isThenable(module)) return 'await it';
  const inDefault: unknown = 'default' in module ? module.default : undefined;
  return !hasCallbacks(module) && hasCallbacks(inDefault) ? 'its callbacks are in its default export: give that' : undefined;
}

function hasCallbacks(module: unknown): boolean {
  return typeof module === 'object' && module !== null && Object.keys(module).some((name) => name.startsWith('sip_'));
}

const third = 'the object with the callbacks is the third argument of start';
const listen = "write sip_listen, for example 'sip:all:5060, sips:all:5061'";
const realm = "the realm is the domain in sip_from, or the one that sip_authorize returns: ['authenticate', 'example.com']";

const notOptions: Readonly<Record<string, string>> = {
  callback: third, callbacks: third, module: third,
  transports: listen, transport: listen, listen, port: listen, host: listen, address: listen,
  realm, sip_realm: realm,
  default_expires: "write 'sip_event_compositor_default_expires'",
  tls_cert: "write 'tls_certfile'", tls_key: "write 'tls_keyfile'", tls_ca: "write 'tls_cafile'",
};

/** Why this cannot be the folders in which plugins are looked for; undefined: it can. */
export function wrongFolders(folders: unknown): string | undefined {
  return Array.isArray(folders) && folders.every((one) => typeof one === 'string') ? undefined : 'write a list of paths, such as pluginFolders() returns';
}

/** What to write instead of an option that is none; undefined: nothing is known. */
export function insteadOf(option: string, value: unknown): string | undefined {
  if (typeof value === 'function' && (option.startsWith('sip_') || Object.hasOwn(coreCallbacks, option))) return 'callbacks are no options: put them into an object, which is the third argument of start';
  return Object.hasOwn(notOptions, option) ? notOptions[option] : undefined;
}

/** What a callback that nobody asks was probably meant for, by its name in NkSIP; undefined: nothing is known. */
export function insteadOfCallback(callback: string): string | undefined {
  if (noSessions.has(callback)) return 'there are no sessions here (INVITE is answered 405)';
  return Object.hasOwn(otherCallbacks, callback) ? otherCallbacks[callback] : undefined;
}

const otherCallbacks: Readonly<Record<string, string>> = {
  sip_registrar_store: "add the plugin 'registrar'",
  sip_publish_store: "write 'sip_event_compositor_store', with the plugin 'event-compositor'",
};

const noSessions: ReadonlySet<string> = new Set([
  'sip_invite', 'sip_reinvite', 'sip_ack', 'sip_bye', 'sip_cancel', 'sip_prack', 'sip_update', 'sip_session_update',
]);

/** Why this cannot be a callback; undefined: nothing more is known than that it is no function. */
export function wrongCallback(value: unknown): string | undefined {
  if (isThenable(value)) return 'await it';
  if (typeof value !== 'object' || value === null) return undefined;
  const isStore = ['get', 'put', 'del'].every((method) => typeof Reflect.get(value, method) === 'function');
  return isStore ? 'storeCallback(store) makes one of a store object' : undefined;
}

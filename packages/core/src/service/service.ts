import type { ServiceEvents } from '../events.js';
import type { InjectedFrom } from './inject.js';
import type { MemoryUsage } from '../memory/account.js';
import type { PluginName } from '../plugin/contract.js';
import type { SipResponse } from '../callback/request.js';

declare const plugins: unique symbol;

/** A running service; `P` are the plugins that `start` was given. */
export interface Service<P extends PluginName = PluginName> {
  /** Not there: for types alone, so that `update` knows whose options there are. */
  readonly [plugins]?: P;
  readonly id: string;
  /** Where it listens, port 0 resolved, e.g. `sip:127.0.0.1:5060;transport=udp`. */
  readonly addresses: readonly string[];
  /** For watching; see ServiceEventMap. */
  readonly events: ServiceEvents;
  /** What it holds in memory at this moment, in bytes, against `sip_max_memory`. */
  usage(): MemoryUsage;
  /** Who implements a callback, in the order in which they are called: the service's name, plugins, 'core'. Throws `unknown_callback`. */
  chain(callback: string): readonly string[];
  /**
   * Runs one message through the service without a socket. Resolves to the final response; undefined if there is none: an ACK, a
   * response, a repetition, or what cannot be answered. `from` defaults to UDP, 127.0.0.1:5060.
   */
  inject(bytes: string | Uint8Array, from?: InjectedFrom): Promise<SipResponse | undefined>;
  /**
   * Stops gently: no new connections, new requests are answered 503, those under way are finished within `sip_drain_timeout`; then
   * `stop`. Resolves when that is done: 'ok', or 'timeout' if something was still under way.
   */
  drain(): Promise<'ok' | 'timeout'>;
  /** Closes every socket, stops the plugins. Resolves when nothing is left open. */
  stop(): Promise<'ok'>;
}

import { EventEmitter } from 'eventemitter3';
import { whenReady } from './callback/chain.js';
import { NksipError, reasonOf } from './errors.js';
import type { Logger } from './log/log.js';

/** A fault that the service survived. */
export interface ServiceFault {
  readonly service: string;
  readonly error: NksipError;
  /** The callback that failed and whose it is: the service's own name, a plugin's or 'core'. */
  readonly callback?: string;
  readonly plugin?: string;
}

/** What a service tells those who watch it. A plugin adds its events by merging into this interface. */
export interface ServiceEventMap {
  /** Every listener is bound: `service` and its `addresses`. */
  started: [event: { readonly service: string; readonly addresses: readonly string[] }];
  /** An update holds: what comes from now on is handled with it. */
  updated: [event: { readonly service: string }];
  /** Everything is closed. */
  stopped: [event: { readonly service: string }];
  /** Something failed, but the service keeps running. `error` is a NksipError; if a callback failed, `callback` is its name and `plugin` says whose it is. */
  error: [fault: ServiceFault];
}

export type EventName = keyof ServiceEventMap;
export type Listener<E extends EventName> = (...args: ServiceEventMap[E]) => void;
type AnyListener = (...args: never[]) => unknown;
type Guard = (...args: unknown[]) => void;

/**
 * Events of one service, for watching only: nothing that a listener does changes what the service does. A listener that throws
 * or rejects is logged; the others and the service go on.
 */
export class ServiceEvents extends EventEmitter<ServiceEventMap> {
  readonly #log: Logger;
  /** The guarded form under which a listener is registered, so that it can be taken off again. */
  readonly #guards = new Map<EventName, WeakMap<AnyListener, Guard>>();

  constructor(log: Logger) {
    super();
    this.#log = log;
  }

  override on<E extends EventName>(event: E, listener: Listener<E>, context?: unknown): this {
    return super.on(event, this.#guarded(event, listener), context);
  }

  override addListener<E extends EventName>(event: E, listener: Listener<E>, context?: unknown): this {
    return this.on(event, listener, context);
  }

  override once<E extends EventName>(event: E, listener: Listener<E>, context?: unknown): this {
    return super.once(event, this.#guarded(event, listener), context);
  }

  override off<E extends EventName>(event: E, listener?: Listener<E>, context?: unknown, once?: boolean): this {
    return super.removeListener(event, listener === undefined ? undefined : this.#guarded(event, listener), context, once);
  }

  override removeListener<E extends EventName>(event: E, listener?: Listener<E>, context?: unknown, once?: boolean): this {
    return this.off(event, listener, context, once);
  }

  #guarded(event: EventName, listener: AnyListener): Guard {
    if (typeof listener !== 'function') throw new NksipError('invalid_argument', { argument: 'listener', given: listener, reason: 'write a function' });
    let ofEvent = this.#guards.get(event);
    if (ofEvent === undefined) this.#guards.set(event, ofEvent = new WeakMap());
    let guard = ofEvent.get(listener);
    if (guard === undefined) {
      guard = guardOf(listener, (error) => this.#failed(event, error));
      ofEvent.set(listener, guard);
      // `once` takes off what it registered: the guard itself.
      ofEvent.set(guard, guard);
    }
    return guard;
  }

  #failed(event: EventName, error: unknown): void {
    this.#log.error({ event, err: error }, `A listener of '${event}' failed: ${reasonOf(error)}`);
  }
}

function guardOf(listener: AnyListener, failed: (error: unknown) => void): Guard {
  return function guard(this: unknown, ...args: unknown[]): void {
    try {
      const result: unknown = Reflect.apply(listener, this, args);
      void whenReady(result, () => undefined, failed);
    } catch (error) {
      failed(error);
    }
  };
}

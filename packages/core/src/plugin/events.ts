import type { EventEmitter } from 'eventemitter3';
import type { EventName, Listener, ServiceEventMap, ServiceEvents } from '../events.js';

type AnyListener = (...args: never[]) => unknown;
type Own = (...args: unknown[]) => unknown;

interface Heard {
  readonly event: EventName;
  readonly listener: AnyListener;
  /** Stands for the listener: only this plugin has it, so that taking it off takes off nobody else's. */
  readonly own: Own;
}

/** The events of a service as one plugin sees them: what it listens to ends with the plugin at the latest. */
export class PluginEvents {
  #heard: readonly Heard[] = [];

  constructor(private readonly events: ServiceEvents) {}

  on<E extends EventName>(event: E, listener: Listener<E>): this {
    return this.#add(event, listener, (...args) => Reflect.apply(listener, undefined, args));
  }

  once<E extends EventName>(event: E, listener: Listener<E>): this {
    const own: Own = (...args) => {
      this.#remove((heard) => heard.own === own);
      return Reflect.apply(listener, undefined, args);
    };
    return this.#add(event, listener, own);
  }

  /** Without a listener: all that the plugin has for the event. */
  off<E extends EventName>(event: E, listener?: Listener<E>): this {
    return this.#remove((heard) => heard.event === event && (listener === undefined || heard.listener === listener));
  }

  emit<E extends EventName>(event: E, ...args: ServiceEventMap[E]): boolean {
    // The same arguments, as eventemitter3 calls their type: its own name would not be found by compilers before TypeScript 6.
    return this.events.emit(event, ...(args as EventEmitter.EventArgs<ServiceEventMap, E>));
  }

  /** Of the whole service. */
  listenerCount(event: EventName): number {
    return this.events.listenerCount(event);
  }

  /** Takes off all that is left. */
  close(): void {
    this.#remove(() => true);
  }

  #add(event: EventName, listener: AnyListener, own: Own): this {
    this.#heard = [...this.#heard, { event, listener, own }];
    this.events.on(event, own);
    return this;
  }

  #remove(isMeant: (heard: Heard) => boolean): this {
    for (const { event, own } of this.#heard.filter(isMeant)) this.events.off(event, own);
    this.#heard = this.#heard.filter((heard) => !isMeant(heard));
    return this;
  }
}

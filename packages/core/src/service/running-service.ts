import { inspect } from 'node:util';
import { makeBase, type ServiceBase } from './base.js';
import { buildService, discard, read, warningsOf, type BuiltService, type Spec } from './build.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import type { InjectedFrom } from './inject.js';
import type { MemoryUsage } from '../memory/account.js';
import { nearestName } from '../nearest-name.js';
import { closePlugins, drainPlugins, startPlugins, stopPlugins, type ServicePlugin } from './plugin-hooks.js';
import { applyChange } from './plugin-lifecycle.js';
import { refuseFixed, refuseOtherLogger } from './fixed-options.js';
import { inTime } from './in-time.js';
import { maxMemory } from './part-options.js';
import { checkListening, ServiceParts } from './parts.js';
import type { Service } from './service.js';
import type { SipResponse } from '../callback/request.js';
import type { Subscriptions } from '../subscription/subscriptions.js';
import type { UacHost } from '../uac/uac-host.js';

/** What a service tells whoever knows it by name. */
export interface ServiceRegistry {
  /** Its plugins are started, and from now on requests may reach it. */
  opening(service: RunningService): void;
  stopped(): void;
}

/** Milliseconds that plugin_drain may take where a service stops at once. */
const stopPatience = 1000;

/** A service from its start to its end: its parts, its plugins and what is in force. */
export class RunningService implements Service {
  readonly storage = new Map<unknown, unknown>();
  readonly #parts: ServiceParts;
  #draining: Promise<'ok' | 'timeout'> | undefined;
  #stopping: Promise<'ok'> | undefined;
  /** The plugins' plugin_drain, once. */
  #goodbye: Promise<unknown> | undefined;
  /** Updates go one behind the other. */
  #updates: Promise<unknown> = Promise.resolve();

  private constructor(private readonly base: ServiceBase, private readonly registry: ServiceRegistry, private built: BuiltService) {
    this.#parts = new ServiceParts(base, built);
  }

  /** Everything, or nothing: what was opened is closed again if a step fails. */
  static async start(id: string, spec: Spec, module: object, folders: readonly string[], registry: ServiceRegistry): Promise<RunningService> {
    const written = await read(spec, folders);
    const base = makeBase(id, module, folders, written.config);
    const built = await buildService(written, base);
    try {
      base.memory.configure(maxMemory(built.config));
      refuseOtherLogger(written.config, built.config);
      return await new RunningService(base, registry, built).#open();
    } catch (error) {
      await discard(built.plugins, base);
      throw error;
    }
  }

  get id(): string {
    return this.base.id;
  }

  get events(): ServiceEvents {
    return this.base.events;
  }

  get config(): ServiceConfig {
    return this.built.config;
  }

  /** Started, and perhaps stopped already. */
  get isOpen(): boolean {
    return this.#parts.isOpen;
  }

  get addresses(): readonly string[] {
    return this.#parts.addresses;
  }

  /** What a log or a console shows: the configuration holds secrets. */
  toJSON(): { readonly id: string; readonly addresses: readonly string[] } {
    return { id: this.id, addresses: this.addresses };
  }

  [inspect.custom](): string {
    return `Service ${JSON.stringify(this)}`;
  }

  usage(): MemoryUsage {
    return this.base.memory.usage();
  }

  chain(callback: string): readonly string[] {
    const { chains } = this.built.rules;
    const chain = chains.get(callback);
    if (chain === undefined) throw new NksipError('unknown_callback', { callback, nearest: nearestName(callback, chains.keys()) });
    return chain.owners;
  }

  /** What a plugin of this service offers; undefined: nothing, or it is not there. */
  apiOf(plugin: string): unknown {
    return this.built.contexts.get(plugin)?.api;
  }

  /** What the client side works with. */
  get uacHost(): UacHost {
    const host = this.#parts.uacHost;
    if (host === undefined) throw this.#gone();
    return host;
  }

  get subscriptions(): Subscriptions {
    return this.#parts.subscriptions;
  }

  async inject(bytes: string | Uint8Array, from: InjectedFrom = {}): Promise<SipResponse | undefined> {
    if (this.#stopping !== undefined) throw this.#gone();
    return await this.#parts.inject(bytes, from);
  }

  update(options: Spec): Promise<'ok'> {
    if (this.#draining !== undefined || this.#stopping !== undefined) return Promise.reject(this.#gone());
    const update = this.#updates.then(() => this.#update(options));
    this.#updates = update.catch(() => undefined);
    return update;
  }

  drain(): Promise<'ok' | 'timeout'> {
    this.#parts.refuseRequests();
    this.#draining ??= this.#updates.then(() => this.#drain());
    return this.#draining;
  }

  stop(): Promise<'ok'> {
    this.#stopping ??= this.#updates.then(() => this.#stop());
    return this.#stopping;
  }

  async #open(): Promise<this> {
    try {
      checkListening(this.config);
      this.#show(this.built, this.built.plugins);
      await startPlugins(this.built.plugins, this.base.fault);
      this.registry.opening(this);
      await this.#parts.open();
    } catch (error) {
      await stopPlugins(this.built.plugins, this.base.fault);
      await this.#parts.close();
      throw error;
    }
    this.events.emit('started', { service: this.id, addresses: this.addresses });
    this.#warn();
    return this;
  }

  #show({ config, rules: { chains }, contexts }: BuiltService, plugins: readonly ServicePlugin[]): void {
    for (const { context } of plugins) context.install({ config, chains, contexts, addresses: () => this.addresses, work: () => this.#parts.work, client: () => this.uacHost, subscriptions: () => this.subscriptions });
  }

  #warn(before?: BuiltService): void {
    for (const warning of warningsOf(this.built, this.base.module, before)) this.base.log.warn({}, warning);
  }

  async #update(options: Spec): Promise<'ok'> {
    const before = this.built;
    const after = await buildService(await read(options, this.base.folders, before), this.base, before);
    try {
      await this.#change(before, after);
    } catch (error) {
      await discard(after.plugins, this.base, before);
      throw error;
    }
    return 'ok';
  }

  async #change(before: BuiltService, after: BuiltService): Promise<void> {
    refuseFixed(after.plugins.flatMap((one) => before.plugins.includes(one) ? [one.plugin] : []), before.config, after.config);
    checkListening(after.config);
    await applyChange(before, after, {
      show: (added) => { this.#show(after, added); },
      listen: () => this.#parts.listen(after.config),
      install: () => {
        this.built = after;
        this.#show(after, after.plugins);
        this.#warn(before);
        this.#parts.follow(after);
        this.events.emit('updated', { service: this.id });
      },
      drain: (removed) => drainPlugins(removed, 'drain', this.#drainTime, this.base.fault),
      fault: this.base.fault,
    });
  }

  async #drain(): Promise<'ok' | 'timeout'> {
    this.#parts.stopAccepting();
    this.#goodbye ??= drainPlugins(this.built.plugins, 'drain', this.#drainTime, this.base.fault);
    const outcome = await inTime(this.#goodbye.then(() => this.#parts.whenIdle()), this.#drainTime);
    const wasCutOff = this.#stopping !== undefined;
    await this.stop();
    return wasCutOff ? 'timeout' : outcome;
  }

  async #stop(): Promise<'ok'> {
    const { plugins } = this.built;
    this.#parts.refuseRequests();
    this.#goodbye ??= drainPlugins(plugins, 'stop', stopPatience, this.base.fault);
    await inTime(this.#goodbye, stopPatience);
    await this.#parts.close();
    await stopPlugins(plugins, this.base.fault);
    this.registry.stopped();
    this.events.emit('stopped', { service: this.id });
    closePlugins(plugins);
    this.events.removeAllListeners();
    return 'ok';
  }

  /** Milliseconds. */
  get #drainTime(): number {
    return 1000 * this.config.sip_drain_timeout;
  }

  #gone(): NksipError {
    return new NksipError('service_not_found', { service: this.id });
  }
}

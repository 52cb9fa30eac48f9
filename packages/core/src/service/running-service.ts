import { inspect } from 'node:util';
import { makeBase, type ServiceBase } from './base.js';
import { buildService, read, warningsOf, type BuiltService, type Spec } from './build.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import type { InjectedFrom } from './inject.js';
import type { MemoryUsage } from '../memory/account.js';
import { nearestName } from '../nearest-name.js';
import { applyChange, closePlugins, startPlugins, stopPlugins } from './plugin-lifecycle.js';
import { refuseFixed, refuseOtherLogger } from './fixed-options.js';
import { maxMemory } from './part-options.js';
import { checkListening, ServiceParts } from './parts.js';
import type { Service } from './service.js';
import type { SipResponse } from '../callback/request.js';
import type { UacHost } from '../uac/uac-host.js';

/** What a service tells whoever knows it by name. */
export interface ServiceRegistry {
  /** Its plugins are started, and from now on requests may reach it. */
  opening(service: RunningService): void;
  stopped(): void;
}

/** A service from its start to its end: its parts, its plugins and what is in force. */
export class RunningService implements Service {
  readonly storage = new Map<unknown, unknown>();
  readonly #parts: ServiceParts;
  #draining: Promise<'ok' | 'timeout'> | undefined;
  #stopping: Promise<'ok'> | undefined;
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
    base.memory.configure(maxMemory(built.config));
    refuseOtherLogger(written.config, built.config);
    const service = new RunningService(base, registry, built);
    try {
      await service.#open();
      service.#warn();
      return service;
    } catch (error) {
      await service.#parts.close();
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

  /** What a plugin of this service gave to `provide`. */
  provided(plugin: string): object | undefined {
    return this.built.plugins.find((one) => one.plugin.name === plugin)?.context.provided;
  }

  /** What the client side works with. */
  get uacHost(): UacHost {
    const host = this.#parts.uacHost;
    if (host === undefined) throw this.#gone();
    return host;
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

  async #open(): Promise<void> {
    const { plugins, config, rules } = this.built;
    const { id, events, fault } = this.base;
    checkListening(config);
    for (const { context } of plugins) context.install(config, rules.chains);
    await startPlugins(plugins, fault);
    this.registry.opening(this);
    try {
      await this.#parts.open();
    } catch (error) {
      await stopPlugins(plugins, fault);
      throw error;
    }
    events.emit('started', { service: id, addresses: this.addresses });
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
      for (const one of after.plugins) if (!before.plugins.includes(one)) one.context.close();
      throw error;
    }
    return 'ok';
  }

  async #change(before: BuiltService, after: BuiltService): Promise<void> {
    refuseFixed(after.plugins.flatMap((one) => before.plugins.includes(one) ? [one.plugin] : []), before.config, after.config);
    checkListening(after.config);
    await applyChange(before, after, {
      listen: () => this.#parts.listen(after.config),
      install: () => {
        this.built = after;
        for (const { context } of after.plugins) context.install(after.config, after.rules.chains);
        this.#warn(before);
        this.#parts.follow(after);
      },
      fault: this.base.fault,
    });
  }

  async #drain(): Promise<'ok' | 'timeout'> {
    this.#parts.stopAccepting();
    const outcome = await inTime(this.#parts.whenIdle(), 1000 * this.config.sip_drain_timeout);
    const wasCutOff = this.#stopping !== undefined;
    await this.stop();
    return wasCutOff ? 'timeout' : outcome;
  }

  async #stop(): Promise<'ok'> {
    const { plugins } = this.built;
    await this.#parts.close();
    await stopPlugins(plugins, this.base.fault);
    this.registry.stopped();
    this.events.emit('stopped', { service: this.id });
    closePlugins(plugins);
    this.events.removeAllListeners();
    return 'ok';
  }

  #gone(): NksipError {
    return new NksipError('service_not_found', { service: this.id });
  }
}

async function inTime(work: Promise<unknown>, milliseconds: number): Promise<'ok' | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => { timer = setTimeout(resolve, milliseconds, 'timeout'); });
  try {
    return await Promise.race([work.then(() => 'ok' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

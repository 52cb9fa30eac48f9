import { hash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Uri } from '@nksip-ts/sip';
import { assemble, read, type Assembly, type Spec } from './build.js';
import { whyNoCallbacks } from '../plugin/callback-names.js';
import type { ServiceConfig } from '../option/core-options.js';
import { KnownChallenges } from '../digest/known-challenges.js';
import { NksipError, reasonOf } from '../errors.js';
import { refuseFixed, refuseOtherLogger } from './fixed-options.js';
import { ServiceEvents } from '../events.js';
import { reportFault } from './report-fault.js';
import type { InjectedFrom } from './injected-source.js';
import { Injections } from './injection.js';
import { keyFor } from './derived-key.js';
import { createLogger, guarded, type Logger } from '../log/log.js';
import { MemoryAccount, type MemoryUsage } from '../memory/account.js';
import { nearestName } from '../nearest-name.js';
import { applyChange, closePlugins, startPlugins, stopPlugins } from './plugin-lifecycle.js';
import { maxMemory, parseLimits, serverTableOptions, tlsOptions, transportOptions } from './part-options.js';
import type { Service } from './service.js';
import type { SipResponse } from '../callback/request.js';
import { Stack } from './dispatch.js';
import { Trace } from '../trace.js';
import { ClientTable } from '../transaction/client-table.js';
import { InviteTable } from '../transaction/invite-table.js';
import { cseqOf } from '../transaction/server-key.js';
import { ServerTable } from '../transaction/server-table.js';
import { parseListen } from '../transport/listen.js';
import { systemResolver } from '../transport/resolver.js';
import { resolveTarget } from '../transport/resolve.js';
import type { Flow, FlowUse, Target } from '../transport/transport.js';
import { Transports } from '../transport/transports.js';
import { cseqNumbers } from '../uac/cseq-numbers.js';
import type { UacHost } from '../uac/uac-host.js';
import { whyNobodyIsAsked } from '../uas/sign-in-callbacks.js';
import { Uas } from '../uas/uas.js';

/** What a service tells whoever knows it by name. */
export interface ServiceRegistry {
  /** Its plugins are started, and from now on requests may reach it. */
  opening(service: RunningService): void;
  stopped(): void;
}

/** The one place where everything is wired. */
export class RunningService implements Service {
  readonly storage = new Map<unknown, unknown>();
  readonly #table: ServerTable;
  readonly #invites: InviteTable;
  readonly #clients: ClientTable;
  readonly #challenges = new KnownChallenges();
  readonly #nextCseq = cseqNumbers();
  readonly #stack: Stack;
  readonly #trace: Trace;
  readonly #resolver = systemResolver();
  readonly #toTagKey: string;
  readonly #fault = (error: unknown): void => { reportFault(this.id, this.events, this.log, error); };
  #transports: Transports | undefined;
  readonly #injections = new Injections();
  #draining: Promise<'ok' | 'timeout'> | undefined;
  #stopping: Promise<'ok'> | undefined;
  /** Updates go one behind the other. */
  #updates: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly id: string,
    private readonly module: object,
    private readonly folders: readonly string[],
    readonly events: ServiceEvents,
    private readonly log: Logger,
    private readonly registry: ServiceRegistry,
    private readonly memory: MemoryAccount,
    private assembly: Assembly,
  ) {
    const { config } = assembly;
    this.#toTagKey = keyFor('To tags', config.sip_secret);
    const trace = this.#trace = new Trace(log, () => this.config.sip_trace);
    this.#clients = new ClientTable(config.sip_max_calls);
    this.#invites = new InviteTable(memory);
    this.#table = new ServerTable(serverTableOptions(config), memory, {
      late: (transaction) => transaction.sendTrying?.(),
      abandoned: (transaction) => { this.#fault(new NksipError('timeout', { what: `A request (${cseqOf(transaction.key)})`, seconds: 64 * this.config.sip_timer_t1 / 1000 })); },
    });
    const uas = new Uas({
      table: this.#table, invites: this.#invites, memory, log, trace, fault: this.#fault,
      toTag: (transaction) => this.#toTag(transaction),
      setup: () => this.assembly.setup,
      isDraining: () => this.#draining !== undefined,
      timers: () => this.#timers,
    });
    this.#stack = new Stack({
      limits: parseLimits(config), trace, log, fault: this.#fault,
      request: (message, source) => uas.receive(message, source),
      refuse: (message, source, code, reason) => uas.malformed(message, source, code, reason),
      response: (message) => this.#clients.receive(message),
    });
  }

  /** Everything, or nothing: what was opened is closed again if a step fails. */
  static async start(id: string, spec: Spec, module: object, folders: readonly string[], registry: ServiceRegistry): Promise<RunningService> {
    const written = await read(spec, folders);
    const { logger, log_level } = written.config;
    const log = logger === undefined ? createLogger(id, log_level) : guarded(logger);
    const events = new ServiceEvents(log);
    const memory = new MemoryAccount(maxMemory(written.config));
    const assembly = await assemble(written, { id, module, events, log, memory, current: undefined });
    memory.configure(maxMemory(assembly.config));
    refuseOtherLogger(written.config, assembly.config);
    const service = new RunningService(id, module, folders, events, log, registry, memory, assembly);
    try {
      await service.#open();
      service.#warn(undefined);
      return service;
    } catch (error) {
      await service.#closeSockets();
      throw error;
    }
  }

  /** Started, and not stopped yet. */
  get isOpen(): boolean {
    return this.#transports !== undefined;
  }

  get addresses(): readonly string[] {
    return this.#transports?.listeners.map((listener) => listener.uri) ?? [];
  }

  /** What a log or a console shows: the configuration holds secrets. */
  toJSON(): { readonly id: string; readonly addresses: readonly string[] } {
    return { id: this.id, addresses: this.addresses };
  }

  [inspect.custom](): string {
    return `Service ${JSON.stringify(this)}`;
  }

  get config(): ServiceConfig {
    return this.assembly.config;
  }

  usage(): MemoryUsage {
    return this.memory.usage();
  }

  chain(callback: string): readonly string[] {
    const { chains } = this.assembly.setup;
    const chain = chains.get(callback);
    if (chain === undefined) throw new NksipError('unknown_callback', { callback, nearest: nearestName(callback, chains.keys()) });
    return chain.owners;
  }

  /** What a plugin of this service gave to `provide`. */
  provided(plugin: string): object | undefined {
    return this.assembly.plugins.find((one) => one.plugin.name === plugin)?.context.provided;
  }

  async inject(bytes: string | Uint8Array, from: InjectedFrom = {}): Promise<SipResponse | undefined> {
    if (this.#stopping !== undefined) throw this.#gone();
    // After 64*T1 no answer is sent any more.
    return await this.#injections.inject(bytes, from, 65 * this.config.sip_timer_t1, (message, source) => this.#stack.message(message, source));
  }

  update(options: Spec): Promise<'ok'> {
    if (this.#draining !== undefined || this.#stopping !== undefined) return Promise.reject(this.#gone());
    const update = this.#updates.then(() => this.#update(options));
    this.#updates = update.catch(() => undefined);
    return update;
  }

  drain(): Promise<'ok' | 'timeout'> {
    this.#draining ??= this.#updates.then(() => this.#drain());
    return this.#draining;
  }

  stop(): Promise<'ok'> {
    this.#stopping ??= this.#updates.then(() => this.#stop());
    return this.#stopping;
  }

  /** What the client side works with. */
  get uacHost(): UacHost {
    const { config } = this;
    const transports = this.#transports;
    if (transports === undefined) throw this.#gone();
    return {
      id: this.id,
      identity: {
        from: config.sip_from, route: config.sip_route ?? [],
        localHost: configuredHost(config.sip_local_host), localHost6: configuredHost(config.sip_local_host6),
      },
      timers: this.#timers,
      udpMaxSize: config.sip_udp_max_size,
      clients: this.#clients,
      log: this.log,
      passwords: config.sip_pass, challenges: this.#challenges,
      resolve: (uri: Uri, over) => resolveTarget(uri, { transports: over === 'any' ? ['udp', 'tcp', 'tls'] : ['tcp', 'tls'], resolver: this.#resolver, random: Math.random }),
      open: async (target, use) => this.#trace.watch(await this.#reach(transports, target, use), target),
      nextCseq: this.#nextCseq,
      randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    };
  }

  /** Whoever sends tries the next target, or UDP instead of a stream: why is a line at debug. */
  async #reach(transports: Transports, target: Target, use?: FlowUse): Promise<Flow> {
    try {
      return await transports.open(target, use);
    } catch (error) {
      this.log.debug({ err: error }, `a request of ours cannot go this way: ${reasonOf(error)}`);
      throw error;
    }
  }

  get #timers() {
    const { sip_timer_t1: t1, sip_timer_t2: t2, sip_timer_t4: t4 } = this.config;
    return { t1, t2, t4 };
  }

  async #open(): Promise<void> {
    const { plugins, config } = this.assembly;
    const points = parseListen(config.sip_listen ?? '');
    this.#install(this.assembly);
    await startPlugins(plugins, this.#fault);
    this.registry.opening(this);
    try {
      this.#transports = await Transports.bind(points, transportOptions(config), this.#stack, this.memory, this.log);
    } catch (error) {
      await stopPlugins(plugins, this.#fault);
      throw error;
    }
    this.events.emit('started', { service: this.id, addresses: this.addresses });
  }

  /** What starts and yet is hardly meant, unless it was so before. */
  #warn(before: Assembly | undefined): void {
    const { chains } = this.assembly.setup;
    const noCallbacks = before === undefined ? whyNoCallbacks(this.module, chains.keys()) : undefined;
    if (noCallbacks !== undefined) this.log.warn({}, noCallbacks);
    const why = whyNobodyIsAsked(chains);
    if (why !== undefined && (before === undefined || whyNobodyIsAsked(before.setup.chains) !== why)) this.log.warn({}, why);
  }

  #install(assembly: Assembly): void {
    this.assembly = assembly;
    for (const { context } of assembly.plugins) context.install(assembly.config, assembly.setup.chains);
  }

  async #update(options: Spec): Promise<'ok'> {
    const { id, module, events, log, memory, assembly: before } = this;
    const after = await assemble(await read(options, this.folders, before), { id, module, events, log, memory, current: before });
    try {
      await this.#change(before, after);
    } catch (error) {
      for (const one of after.plugins) if (!before.plugins.includes(one)) one.context.close();
      throw error;
    }
    return 'ok';
  }

  async #change(before: Assembly, after: Assembly): Promise<void> {
    refuseFixed(after.plugins.flatMap((one) => before.plugins.includes(one) ? [one.plugin] : []), before.config, after.config);
    const points = parseListen(after.config.sip_listen ?? '');
    const tls = tlsOptions(after.config);
    await applyChange(before, after, {
      listen: async () => { await this.#transports?.update(points, tls); },
      install: () => {
        this.#install(after);
        this.#warn(before);
        this.#table.configure(serverTableOptions(after.config));
        this.#clients.configure(after.config.sip_max_calls);
        this.memory.configure(maxMemory(after.config));
      },
      fault: this.#fault,
    });
  }

  async #drain(): Promise<'ok' | 'timeout'> {
    this.#transports?.stopAccepting();
    const idle = Promise.all([this.#table.whenIdle(), this.#clients.whenIdle()]);
    const outcome = await inTime(idle, 1000 * this.config.sip_drain_timeout);
    const wasCutOff = this.#stopping !== undefined;
    await this.stop();
    return wasCutOff ? 'timeout' : outcome;
  }

  async #stop(): Promise<'ok'> {
    await this.#closeSockets();
    await stopPlugins(this.assembly.plugins, this.#fault);
    this.registry.stopped();
    this.events.emit('stopped', { service: this.id });
    closePlugins(this.assembly.plugins);
    this.events.removeAllListeners();
    return 'ok';
  }

  async #closeSockets(): Promise<void> {
    this.#clients.close();
    this.#table.close();
    this.#invites.close();
    this.#injections.close();
    await this.#transports?.close();
  }

  #gone(): NksipError {
    return new NksipError('service_not_found', { service: this.id });
  }

  /** RFC 3261 19.3: at least 32 bits of randomness; hex, for base64 can spell the name of a header. */
  #toTag(transaction: string): string {
    return hash('sha256', `${this.#toTagKey}\n${transaction}`).slice(0, 16);
  }
}

/** What is to stand in Via; undefined: the address of the socket, which is what `auto` means. */
function configuredHost(option: string): string | undefined {
  return option === 'auto' ? undefined : option;
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

import type { SipResponse } from '../callback/request.js';
import type { ServiceConfig } from '../option/core-options.js';
import type { ServiceWork } from '../plugin/contract.js';
import { Trace } from '../trace.js';
import { RequestDigest } from '../transaction/request-digest.js';
import { ServerTable } from '../transaction/server-table.js';
import { parseListen } from '../transport/listen.js';
import { Transports } from '../transport/transports.js';
import type { UacHost } from '../uac/uac-host.js';
import { Subscriptions } from '../subscription/subscriptions.js';
import { Uas } from '../uas/uas.js';
import type { ServiceBase } from './base.js';
import type { BuiltService } from './build.js';
import { ClientSide } from './client-side.js';
import { keyFor } from './derived-key.js';
import { subscriptionRules } from './subscription-rules.js';
import { Dispatcher } from './dispatch.js';
import { InjectedRequests, type InjectedFrom } from './inject.js';
import { maxMemory, parseLimits, serverTableOptions, tlsOptions, transportOptions } from './part-options.js';

/** The parts of one service, and how they are connected: the one place where everything is wired. */
export class ServiceParts {
  readonly #table: ServerTable;
  readonly #uas: Uas;
  readonly #client: ClientSide;
  readonly #trace: Trace;
  readonly #dispatcher: Dispatcher;
  readonly subscriptions: Subscriptions;
  /** Made once for each configuration. */
  #host: UacHost | undefined;
  readonly #injected = new InjectedRequests();
  #transports: Transports | undefined;
  #config: ServiceConfig;

  constructor(private readonly base: ServiceBase, { config, rules }: BuiltService) {
    const { id, log, memory, fault } = base;
    const trace = this.#trace = new Trace(log, config.sip_trace, id);
    this.#config = config;
    this.#client = new ClientSide(id, log, trace, config);
    this.#table = new ServerTable(serverTableOptions(config), memory);
    this.subscriptions = new Subscriptions({
      memory, fault, host: () => this.uacHost,
      back: (to, local) => {
        const flow = this.#transports?.back(to, local);
        return flow === undefined ? undefined : trace.watch(flow, to);
      },
    }, subscriptionRules(config, rules));
    this.#uas = new Uas({ table: this.#table, memory, log, trace, fault, digests: new RequestDigest(keyFor('requests', config.sip_secret)) }, { ...rules, dialogs: this.subscriptions });
    this.#dispatcher = new Dispatcher({ limits: parseLimits(config), trace, log, server: this.#uas, client: this.#client.table, fault });
  }

  /** Whether it listens, or has listened. */
  get isOpen(): boolean {
    return this.#transports !== undefined;
  }

  get addresses(): readonly string[] {
    return this.#transports?.listeners.map((listener) => listener.uri) ?? [];
  }

  get work(): ServiceWork {
    return { connections: this.#transports?.connectionCounts ?? {}, requests: this.#table.ongoing, answered: this.#table.finished, sent: this.#client.table.size };
  }

  /** What the client side works with; undefined until it is open. */
  get uacHost(): UacHost | undefined {
    if (this.#transports === undefined) return undefined;
    return this.#host ??= this.#client.host(this.#config, this.#transports);
  }

  /** Rejects with `invalid_listen`, `invalid_option`, `listen_failed` or `certificate_failed`, and nothing is left open. */
  async open(): Promise<void> {
    const { memory, log } = this.base;
    this.#transports = await Transports.bind(parseListen(this.#config.sip_listen ?? ''), transportOptions(this.#config), this.#dispatcher, memory, log);
  }

  /** Listens as `config` says, or rejects as `open` does and listens as before. */
  async listen(config: ServiceConfig): Promise<void> {
    await this.#transports?.update(parseListen(config.sip_listen ?? ''), tlsOptions(config));
  }

  /** Puts another configuration into force, but for where it listens: from the next request on. */
  follow({ config, rules }: BuiltService): void {
    if (config.log_level !== this.#config.log_level) this.base.log.setLevel?.(config.log_level);
    this.#config = config;
    this.#host = undefined;
    this.#uas.rules = { ...rules, dialogs: this.subscriptions };
    this.subscriptions.rules = subscriptionRules(config, rules);
    this.#trace.isOn = config.sip_trace;
    this.#table.configure(serverTableOptions(config));
    this.#client.table.configure(config.sip_max_calls);
    this.base.memory.configure(maxMemory(config));
  }

  async inject(bytes: string | Uint8Array, from: InjectedFrom): Promise<SipResponse | undefined> {
    // After 64*T1 no response is sent any more.
    return await this.#injected.inject(bytes, from, 65 * this.#config.sip_timer_t1, (message, source) => this.#dispatcher.message(message, source));
  }

  /** From now on new requests are refused. */
  refuseRequests(): void {
    this.#uas.drain();
  }

  stopAccepting(): void {
    this.#transports?.stopAccepting();
  }

  /** Resolves when no request of either side is under way, and those that were read since `refuseRequests` are refused. */
  async whenIdle(): Promise<void> {
    await Promise.all([this.#table.whenIdle(), this.#client.table.whenIdle(), this.subscriptions.whenIdle()]);
    await this.#transports?.whenAllIsRead();
  }

  /** Forgets what is under way; resolves when the last socket is closed. */
  async close(): Promise<void> {
    this.subscriptions.close();
    this.#client.table.close();
    this.#table.close();
    this.#injected.close();
    await this.#transports?.close();
  }
}

/** Throws `invalid_listen` or `invalid_option` for options with which no socket can be opened. */
export function checkListening(config: ServiceConfig): void {
  parseListen(config.sip_listen ?? '');
  tlsOptions(config);
}

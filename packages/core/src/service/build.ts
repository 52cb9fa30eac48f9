import { parseAor, parseNameAddr, parseUri } from '@nksip-ts/sip';
import { buildChain, type Chain, type ChainLink } from '../callback/chain.js';
import { knownCallbacks, moduleCallbacks, type Callbacks, type Implementation } from '../plugin/callback-names.js';
import type { ServiceConfig } from '../option/core-options.js';
import { nonceCost, Nonces } from '../digest/nonces.js';
import { NksipError, reasonOf } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import { keyFor } from './derived-key.js';
import type { Logger } from '../log/log.js';
import { configurePlugins, parseOptions } from './parse-options.js';
import type { MemoryAccount } from '../memory/account.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import { PluginContext } from '../plugin/context.js';
import { loadPlugins } from '../plugin/load.js';
import { Networks } from '../transport/networks.js';
import { AuthFailures, failureCost } from '../uas/auth-failures.js';
import { coreFallbacks, isCoreCallback, optionsReply } from '../uas/core-defaults.js';
import { answeredMethods } from '../uas/methods.js';
import type { DigestSetup, Setup } from '../uas/rules.js';
import { SignInLog } from '../uas/sign-in-log.js';

/** What a service was told: what `start` was given, and what updates merged into it since. */
export type Spec = Readonly<Record<string, unknown>>;

/** A plugin in a service. Across updates it stays the same object for as long as the plugin stays. */
export interface ServicePlugin extends Implementation {
  readonly context: PluginContext;
}

/** A service made ready and not yet in force: no socket is open, no plugin started. */
export interface Assembly {
  readonly spec: Spec;
  readonly config: ServiceConfig;
  /** Dependents before what they depend on. */
  readonly plugins: readonly ServicePlugin[];
  readonly setup: Setup;
}

/** What an assembly takes from the service that it is for. */
export interface AssemblyHost {
  readonly id: string;
  readonly module: object;
  readonly events: ServiceEvents;
  readonly log: Logger;
  readonly memory: MemoryAccount;
  /** What is in force now; its plugins are kept where they stay. */
  readonly current: Assembly | undefined;
}

/** What was written, understood; no plugin has had its say yet. */
export interface Written {
  readonly spec: Spec;
  readonly plugins: readonly LoadedPlugin[];
  readonly config: ServiceConfig;
}

/** `given` alone, or merged into what was written before: without the options of plugins that go, unless they are given again. */
export async function read(given: Spec, folders: readonly string[], before?: Assembly): Promise<Written> {
  const merged = { ...before?.spec, ...given };
  const listed = merged['plugins'] ?? [];
  if (!Array.isArray(listed)) throw new NksipError('invalid_option', { option: 'plugins', given: listed, reason: "it must be a list of names or plugins, for example ['event-compositor']" });
  const plugins = await loadPlugins(listed, folders);
  const gone = new Set(before?.plugins.filter(({ plugin }) => !plugins.includes(plugin)).flatMap(({ plugin }) => Object.keys(plugin.options.shape)));
  const spec = Object.fromEntries(Object.entries(merged).filter(([option]) => !gone.has(option) || given[option] !== undefined));
  return { spec, plugins, config: parseOptions(spec, plugins, folders) };
}

/** Makes everything that can fail without a socket; throws one NksipError that names the thing, and then nothing is left of new plugins. */
export async function assemble(written: Written, host: AssemblyHost): Promise<Assembly> {
  const contexts = new Contexts(host);
  try {
    return await assembleWith(contexts, written, host);
  } catch (error) {
    contexts.close();
    throw error;
  }
}

async function assembleWith(contexts: Contexts, { spec, plugins: loaded, config: written }: Written, host: AssemblyHost): Promise<Assembly> {
  const config = await configurePlugins(written, loaded, (plugin, now) => contexts.of(plugin, now));
  const plugins = loaded.map((plugin) => host.current?.plugins.find((one) => one.plugin === plugin) ?? implement(plugin, contexts.of(plugin, config)));
  const known = knownCallbacks(plugins);
  const own = moduleCallbacks(host.id, host.module, known);
  const setup = makeSetup(host, config, known, [{ owner: host.id, callbacks: own }, ...plugins.map(({ plugin, callbacks }) => ({ owner: plugin.name, callbacks }))]);
  return { spec, config, plugins, setup };
}

/** One for each plugin: that of a plugin that stays is in force, and stays as it is until the assembly is. */
class Contexts {
  readonly #made = new Map<string, PluginContext>();

  constructor(private readonly host: AssemblyHost) {}

  of({ name }: LoadedPlugin, config: ServiceConfig): PluginContext {
    const { id, events, log, memory, current } = this.host;
    const kept = current?.plugins.find((one) => one.plugin.name === name)?.context;
    if (kept !== undefined) return kept;
    const context = this.#made.get(name) ?? new PluginContext(id, events, log, memory, config);
    this.#made.set(name, context);
    context.config = config;
    return context;
  }

  close(): void {
    for (const context of this.#made.values()) context.close();
  }
}

function implement(plugin: LoadedPlugin, context: PluginContext): ServicePlugin {
  try {
    const callbacks: unknown = plugin.callbacks(context);
    if (!isCallbacks(callbacks)) throw new Error('it must answer an object with callbacks');
    return { plugin, context, callbacks };
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: plugin.name, hook: 'callbacks', reason: reasonOf(error) }, { cause: error });
  }
}

function isCallbacks(answer: unknown): answer is Callbacks {
  return typeof answer === 'object' && answer !== null;
}

interface Owned {
  readonly owner: string;
  readonly callbacks: Callbacks;
}

/** Everything that requests are handled with, made once. */
function makeSetup(host: AssemblyHost, config: ServiceConfig, known: ReadonlySet<string>, implementations: readonly Owned[]): Setup {
  const { id: service } = host;
  const events = (config.sip_events ?? []).join(', ');
  const accept = (config.sip_accept ?? ['*/*']).join(', ');
  const supported = config.sip_supported ?? [];
  const trusted = new Networks(config.sip_trusted_proxies ?? []);
  const isTrusted = (address: string): boolean => trusted.has(address);
  const { nonces, failures, signIns } = host.current?.setup.digest ?? signInTables(host, config);
  const replyDefaults = { allow: '', events, accept };
  const fallbacks = coreFallbacks(() => optionsReply(replyDefaults, supported.join(', ')));
  const chains = new Map<string, Chain>();
  for (const name of known) chains.set(name, buildChain(name, linksOf(name, implementations, fallbacks)));
  const allowed = config.sip_allow ?? answeredMethods(chains);
  replyDefaults.allow = allowed.join(', ');
  return {
    service, chains,
    allowed: new Set(allowed),
    supported: new Set(supported.map((tag) => tag.toLowerCase())),
    domains: config.sip_domains === undefined ? undefined : new Set(config.sip_domains.map((domain) => parseAor(`sip:${domain}`)?.domain ?? domain.toLowerCase())),
    no100: config.sip_no_100,
    rate: { perSecond: config.sip_max_request_rate, burst: config.sip_max_request_burst },
    isTrusted,
    replyDefaults,
    digest: digestSetup(config, { nonces, failures, signIns, failureRules: { most: config.sip_max_auth_failures, isTrusted } }),
  };
}

/** Entries of each table about sign-ins at most, in the largest account. */
const mostSignIns = 100_000;

/** The share of the account that these tables may have: strangers fill them, and nothing makes them give it back. */
const shareOfSignIns = 1 / 8;

/** What is remembered of sign-ins for as long as the service runs. */
function signInTables({ memory, log }: AssemblyHost, config: ServiceConfig): Pick<DigestSetup, 'nonces' | 'failures' | 'signIns'> {
  const most = Math.min(mostSignIns, Math.floor(shareOfSignIns * memory.limit / (nonceCost + failureCost)));
  const nonces = new Nonces(keyFor('nonces', config.sip_secret), most);
  const clock = (): number => performance.now();
  const failures = new AuthFailures(clock, log, most);
  memory.watch('sign-ins', () => nonces.bytes + failures.bytes);
  return { nonces, failures, signIns: new SignInLog(clock, log) };
}

/** The realm of a service that names none is the domain of its own address. */
function digestSetup(config: ServiceConfig, others: Pick<DigestSetup, 'nonces' | 'failures' | 'failureRules' | 'signIns'>): DigestSetup {
  const realm = parseUri(parseNameAddr(config.sip_from)?.uri ?? '')?.domain ?? '';
  return { realm, algorithms: config.sip_digest_algorithms, withoutQop: config.sip_digest_without_qop === 'accept', checksUri: config.sip_digest_uri === 'check', lifetime: 1000 * config.sip_nonce_timeout, ...others };
}

function linksOf(name: string, implementations: readonly Owned[], fallbacks: Callbacks): ChainLink[] {
  const links: ChainLink[] = [];
  for (const { owner, callbacks } of implementations) {
    const fn = callbacks[name];
    if (isFunction(fn)) links.push({ owner, fn });
  }
  const fallback = isCoreCallback(name) ? fallbacks[name] : undefined;
  if (isFunction(fallback)) links.push({ owner: 'core', fn: fallback });
  return links;
}

function isFunction(value: unknown): value is (...args: readonly unknown[]) => unknown {
  return typeof value === 'function';
}

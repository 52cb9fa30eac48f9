import { parseAor, parseNameAddr, parseUri } from '@nksip-ts/sip';
import { buildChain, type Chain, type ChainLink } from '../callback/chain.js';
import type { Callbacks } from '../plugin/check-callbacks.js';
import type { ServiceConfig } from '../option/core-options.js';
import { nonceCost, Nonces } from '../digest/nonces.js';
import { keyFor } from './derived-key.js';
import { Networks } from '../transport/networks.js';
import { AuthFailures, failureCost } from '../uas/auth-failures.js';
import { coreFallbacks, isCoreCallback, optionsReply } from '../uas/core-defaults.js';
import { answeredMethods, lentMethods } from '../uas/methods.js';
import type { DigestRules, Rules } from '../uas/rules.js';
import { SignInLog } from '../uas/sign-in-log.js';
import type { ServiceBase } from './base.js';

/** The callbacks of one owner: of the service itself, or of a plugin. */
export interface Owned {
  readonly owner: string;
  readonly callbacks: Callbacks;
}

/** Without the dialogs, which are a part of the running service. */
export type ServiceRules = Omit<Rules, 'dialogs'>;

/** Everything that requests are handled with, made once. `before`: what holds now; what it remembers of sign-ins is kept. `known`: the callbacks that are asked. */
export function makeRules(base: ServiceBase, config: ServiceConfig, before: ServiceRules | undefined, known: ReadonlySet<string>, implementations: readonly Owned[]): ServiceRules {
  const events = (config.sip_events ?? []).join(', ');
  const accept = (config.sip_accept ?? ['*/*']).join(', ');
  const supported = config.sip_supported ?? [];
  const trusted = new Networks(config.sip_trusted_proxies ?? []);
  const isTrusted = (address: string): boolean => trusted.has(address);
  const { nonces, failures, signIns } = before?.digest ?? signInTables(base, config);
  const replyDefaults = { allow: '', events, accept };
  const fallbacks = coreFallbacks(() => optionsReply(replyDefaults, supported.join(', ')));
  const chains = new Map<string, Chain>();
  for (const name of known) chains.set(name, buildChain(name, linksOf(name, implementations, fallbacks)));
  const allowed = config.sip_allow ?? answeredMethods(chains);
  replyDefaults.allow = allowed.join(', ');
  return {
    service: base.id, chains,
    lent: lentMethods(chains),
    allowed: new Set(allowed),
    supported: new Set(supported.map((tag) => tag.toLowerCase())),
    domains: config.sip_domains === undefined ? undefined : new Set(config.sip_domains.map((domain) => parseAor(`sip:${domain}`)?.domain ?? domain.toLowerCase())),
    no100: config.sip_no_100,
    rate: { perSecond: config.sip_max_request_rate, burst: config.sip_max_request_burst },
    isTrusted,
    mayAssert: config.sip_asserted_identity ? isTrusted : nobody,
    replyDefaults,
    digest: digestRules(config, { nonces, failures, signIns, failureRules: { most: config.sip_max_auth_failures, isTrusted } }),
  };
}

function nobody(): boolean {
  return false;
}

/** Entries of each table about sign-ins at most, in the largest account. */
const mostSignIns = 100_000;

/** The share of the account that these tables may have: strangers fill them, and nothing makes them give it back. */
const shareOfSignIns = 1 / 8;

/** What is remembered of sign-ins for as long as the service runs. */
function signInTables({ memory, log }: ServiceBase, config: ServiceConfig): Pick<DigestRules, 'nonces' | 'failures' | 'signIns'> {
  const most = Math.min(mostSignIns, Math.floor(shareOfSignIns * memory.limit / (nonceCost + failureCost)));
  const nonces = new Nonces(keyFor('nonces', config.sip_secret), most);
  const clock = (): number => performance.now();
  const failures = new AuthFailures(clock, log, most);
  memory.watch('sign-ins', () => nonces.bytes + failures.bytes);
  return { nonces, failures, signIns: new SignInLog(clock, log) };
}

/** The realm of a service that names none is the domain of its own address. */
function digestRules(config: ServiceConfig, others: Pick<DigestRules, 'nonces' | 'failures' | 'failureRules' | 'signIns'>): DigestRules {
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

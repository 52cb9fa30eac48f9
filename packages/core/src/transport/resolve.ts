import type { NaptrRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { Uri } from '@nksip-ts/sip';
import { NksipError, reasonOf } from '../errors.js';
import { canonicalAddress, withoutBrackets } from './address.js';
import { isTransport, isWebSocket, openedTransports, transportFacts, transportOf, type OpenedTransport, type TransportName, type WsTransport } from './transport-facts.js';
import type { Resolver } from './resolver.js';
import { srvOrder } from './srv-order.js';
import { systemCode } from './system-error.js';
import type { Target } from './transport.js';

export interface ResolveOptions {
  /** What we can send over. Leave UDP out for a message that is too large for it (RFC 3261 18.1.1). */
  readonly transports: readonly TransportName[];
  readonly resolver: Resolver;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  /** Milliseconds for all questions together. */
  readonly timeout?: number;
  readonly maxTargets?: number;
}

interface Question extends ResolveOptions {
  readonly uri: Uri;
  /** The TARGET of RFC 3263 4: maddr before the host. */
  readonly name: string;
  /** The name that a TLS certificate must carry (RFC 5922 7.3): maddr cannot change it. */
  readonly host: string;
  readonly allowed: readonly OpenedTransport[];
  readonly maxTargets: number;
}

/**
 * Where a request to `uri` goes: targets in the order in which to try them, at least one (RFC 3263 4).
 * Rejects with NksipError('resolve_failed', { host, reason }).
 */
export async function resolveTarget(uri: Uri, options: ResolveOptions): Promise<Target[]> {
  const host = withoutBrackets(uri.domain);
  const name = withoutBrackets(uri.params.get('maddr') || uri.domain);
  const named = namedBy(uri);
  if (named !== undefined && isWebSocket(named)) return [webSocketTarget(uri, named, host)];
  const allowed = allowedServices(uri, options.transports);
  const question: Question = { ...options, uri, name, host, allowed, maxTargets: options.maxTargets ?? 16 };
  if (isIP(name) !== 0) return addressTargets(question, [name]);
  const found = await within(options.timeout ?? 10_000, host, askDns(question));
  if (found.length === 0) throw failed(host, 'the DNS knows no address and no service of that name');
  return found.slice(0, question.maxTargets);
}

/** The transport that the URI asks for; undefined: none that we know. */
function namedBy({ scheme, params }: Uri): TransportName | undefined {
  const named = params.get('transport');
  return named === undefined || (scheme !== 'sip' && scheme !== 'sips') ? undefined : transportOf(scheme, named);
}

/** We open no WebSockets (RFC 7118): one that a client opened has the address and port that it came from, and no name. */
function webSocketTarget(uri: Uri, transport: WsTransport, host: string): Target {
  if (isIP(host) === 0 || uri.port === undefined) {
    throw failed(uri.domain, 'a WebSocket is used only if the peer opened it, so the URI must have the address and the port that it came from');
  }
  return { transport, address: canonicalAddress(host), port: uri.port, host };
}

/** RFC 3263 4.1, RFC 3261 26.2.2: what the URI and we agree on, the default first. */
function allowedServices(uri: Uri, available: readonly TransportName[]): readonly OpenedTransport[] {
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') throw failed(uri.domain, `a ${uri.scheme}: URI leads to no host`);
  const named = uri.params.get('transport')?.toLowerCase();
  const wanted = openedTransports.filter((service) => isWanted(service, uri));
  const usable = wanted.filter((service) => available.includes(service));
  if (usable.length > 0) return usable;
  if (named !== undefined && isTransport(named) && wanted.length === 0) throw failed(uri.domain, `sips needs TLS, and transport=${named} has none`);
  throw failed(uri.domain, `no transport that it could use is available (wanted ${named ?? wanted.join(', ')}; there is ${available.join(', ')})`);
}

function isWanted(service: OpenedTransport, uri: Uri): boolean {
  if (uri.params.has('transport')) return namedBy(uri) === service;
  return uri.scheme !== 'sips' || transportFacts[service].isSecure;
}

async function askDns(question: Question): Promise<Target[]> {
  const found = question.uri.port === undefined ? await serviceTargets(question) : undefined;
  if (found === undefined) return addressTargets(question, await question.resolver.addresses(question.name));
  if (found.length === 0) throw failed(question.host, 'its SRV records name no host that can be reached, so it offers no SIP service over these transports');
  return found;
}

/** RFC 3263 4.2, the last resort and the rule for an explicit port: the default transport on each address. */
function addressTargets({ allowed, uri, host }: Question, addresses: readonly string[]): Target[] {
  const [transport = 'udp'] = allowed;
  return addresses.map((address) => ({ transport, address, port: uri.port ?? transportFacts[transport].port, host }));
}

/**
 * Undefined where there is no SRV record: RFC 3263 4.2 asks for addresses of the host itself only then. Where the DNS is out of order,
 * these may still be known (/etc/hosts). A question that fails takes nothing away from what others have found.
 */
async function serviceTargets(question: Question): Promise<Target[] | undefined> {
  try {
    const chosen = await serviceNames(question);
    const perService = await Promise.allSettled(chosen.map(([service, name]) => srvTargets(question, service, name)));
    const found = perService.flatMap((answer) => answer.status === 'fulfilled' && answer.value !== undefined ? [answer.value] : []);
    return found.length === 0 ? undefined : found.flat();
  } catch {
    return undefined;
  }
}

/** RFC 3263 4.1: NAPTR unless the transport is named; else the well-known names of what the scheme allows. */
async function serviceNames(question: Question): Promise<readonly (readonly [OpenedTransport, string])[]> {
  const { uri, name, allowed } = question;
  if (!uri.params.has('transport')) {
    const offered = (await naptrOf(question)).filter(isTerminal).toSorted((a, b) => a.order - b.order || a.preference - b.preference);
    const known = offered.flatMap((record) => {
      const service = allowed.find((one) => transportFacts[one].dns.naptr === record.service.toUpperCase());
      return service === undefined ? [] : [[service, record.replacement] as const];
    });
    if (known.length > 0) return known.slice(0, question.maxTargets);
  }
  // `_sips` is asked for only where TLS is wanted: a sip: URI alone does not ask for it.
  const asked = allowed.filter((service) => !transportFacts[service].isSecure || uri.scheme === 'sips' || uri.params.has('transport'));
  return asked.map((service) => [service, `${transportFacts[service].dns.srv}.${name}`] as const);
}

/** What a name server answers that does not know this kind of record, or does not want to. */
const noNaptr: ReadonlySet<string | undefined> = new Set(['ESERVFAIL', 'ENOTIMP', 'EREFUSED', 'EFORMERR']);

/** None where the name server answers that it cannot tell. Where none answers there is no time to ask for more. */
async function naptrOf({ resolver, name }: Question): Promise<readonly NaptrRecord[]> {
  try {
    return await resolver.naptr(name);
  } catch (error) {
    if (noNaptr.has(systemCode(error))) return [];
    throw error;
  }
}

/** RFC 3263 4.1: flag "s" leads to SRV; a regular expression has no place in SIP's NAPTR. */
function isTerminal(record: NaptrRecord): boolean {
  return record.flags.toLowerCase() === 's' && record.regexp === '' && record.replacement !== '';
}

/** Undefined if there is no such record. RFC 2782: a target of "." means that the service is not available there. */
async function srvTargets({ resolver, random, maxTargets, host }: Question, transport: OpenedTransport, name: string): Promise<Target[] | undefined> {
  const all = await resolver.srv(name);
  if (all.length === 0) return undefined;
  const records = all.filter((record) => record.port > 0 && record.name !== '' && record.name !== '.');
  const ordered = srvOrder(records, random).slice(0, maxTargets);
  const addresses = await Promise.all(ordered.map((record) => resolver.addresses(record.name).catch((): readonly string[] => [])));
  return ordered.flatMap(({ port }, index) => (addresses[index] ?? []).map((address) => ({ transport, address, port, host })));
}

async function within<T>(milliseconds: number, host: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(failed(host, `the DNS did not answer within ${milliseconds / 1000} seconds`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw error instanceof NksipError ? error : failed(host, reasonOf(error), error);
  } finally {
    clearTimeout(timer);
  }
}

function failed(host: string, reason: string, cause?: unknown): NksipError {
  return new NksipError('resolve_failed', { host, reason }, cause === undefined ? {} : { cause });
}

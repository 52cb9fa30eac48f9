import { Header, parseCredentials, type AuthValue } from '@nksip-ts/sip';
import type { MaybePromise } from '../callback/chain.js';
import { areFor, readCredentials, wrongSecret, type Credentials } from '../digest/check.js';
import type { DigestAlgorithm } from '../digest/algorithm.js';
import { serves } from '../digest/ha1.js';
import type { Nonce } from '../digest/nonce.js';
import { Refused } from '../reply/refused.js';
import type { Call } from '../callback/request.js';
import { kindOf } from '../option/arguments.js';
import { nothingOffered, type Authentication, type IncomingRequest } from './incoming-request.js';
import { invalidResult } from './responses.js';
import type { DigestRules, Rules } from './rules.js';

/** A request needs one for each realm on its way. */
const mostCredentials = 8;

/** RFC 7616 3.4.6: credentials that name another resource than the Request-URI get a 400. */
const otherResource = new Refused([400, { reason_phrase: 'Digest URI Is Not the Request-URI' }]);

/** Too many passwords were wrong: no credentials are looked at for some time. */
function paused(milliseconds: number): Refused {
  return new Refused([503, { reason_phrase: 'Too Many Failed Sign-Ins', retry_after: Math.ceil(milliseconds / 1000) }]);
}

type Outcome = Authentication | Refused;

/** Checks the digest credentials of a request, one set for each realm (RFC 3261 22.1 and 22.3). Synchronous unless `sip_get_user_pass` is not. Throws `callback_error` if that returns what has no meaning. */
export function authenticate(request: IncomingRequest, call: Call, rules: Rules): MaybePromise<Outcome> {
  const { message } = request;
  if (message.count(Header.Authorization) === 0 && message.count(Header.ProxyAuthorization) === 0) return nothingOffered;
  const { failures, failureRules } = rules.digest;
  const pause = failures.pauseOfSource(failureRules, request.source.address);
  if (pause > 0) return paused(pause);
  const texts = [...request.header('Authorization'), ...request.header('Proxy-Authorization')].slice(0, mostCredentials);
  const offers = offersIn(texts, request, rules);
  return new Inspection(request, call, rules, offers.keys()).next([...offers.values()].filter((offer) => offer !== undefined));
}

/** What a request offers for one realm. */
interface Offer {
  readonly credentials: Credentials;
  /** Undefined: it is none of ours; perhaps of the time before a restart. */
  readonly nonce: Nonce | undefined;
}

/**
 * One set for each realm, so that one request is one guess: the first with a nonce of ours and an algorithm that we offer; else, in a realm of
 * ours, the first with another nonce. Undefined for a realm of which there is none to be looked at: nobody gets a password looked up in it.
 */
function offersIn(texts: readonly string[], { source }: IncomingRequest, { digest }: Rules): ReadonlyMap<string, Offer | undefined> {
  const offers = new Map<string, Offer | undefined>();
  for (const text of texts) {
    const value = parseCredentials(text);
    const realm = value?.scheme === 'Digest' ? value.params.get('realm') : undefined;
    const found = value === undefined || realm === undefined ? 'they are no Digest credentials with a realm' : offerOf(value, realm, digest);
    const offer = typeof found === 'string' ? undefined : found;
    if (typeof found === 'string') digest.signIns.refused({ user: value?.params.get('username') ?? '', realm: realm ?? '', source }, found);
    if (realm !== undefined) offers.set(realm, betterOf(offers.get(realm), offer));
  }
  return offers;
}

/** The first one, unless only another has a nonce of ours. */
function betterOf(before: Offer | undefined, offer: Offer | undefined): Offer | undefined {
  return before === undefined || (before.nonce === undefined && offer?.nonce !== undefined) ? offer : before;
}

/** What can be checked of one set of credentials, or why nothing can. */
function offerOf(value: AuthValue, realm: string, { nonces, algorithms, withoutQop, realm: usualRealm }: DigestRules): Offer | string {
  const credentials = readCredentials(value, withoutQop);
  if (credentials === undefined) return 'a parameter is missing, its algorithm or qop is not known, or it has no qop and cannot sign in so (sip_digest_without_qop)';
  if (!algorithms.includes(credentials.algorithm)) return `its algorithm is ${credentials.algorithm}, which sip_digest_algorithms does not have`;
  const nonce = nonces.read(credentials.nonce, realm);
  return nonce !== undefined || realm === usualRealm || nonces.isRealm(realm) ? { credentials, nonce } : 'nobody here asked for this realm';
}

/** Of several, such as HA1s of one user for several algorithms, that for the algorithm of the client. */
function secretFor(returned: unknown, algorithm: DigestAlgorithm): unknown {
  if (!Array.isArray(returned)) return returned;
  const secrets: readonly unknown[] = returned;
  return secrets.find((secret) => typeof secret === 'string' && serves(secret, algorithm)) ?? secrets[0];
}

/** One look at what a request offers, one realm after the other. */
class Inspection {
  readonly #held = new Map<string, boolean>();
  readonly #users = new Map<string, string>();
  readonly #stale = new Set<string>();
  #isProof = false;

  constructor(
    private readonly request: IncomingRequest,
    private readonly call: Call,
    private readonly rules: Rules,
    realms: Iterable<string>,
  ) {
    for (const realm of realms) this.#held.set(realm, false);
  }

  next([offer, ...others]: readonly Offer[]): MaybePromise<Outcome> {
    if (offer === undefined) return this.#result();
    const { credentials, nonce } = offer;
    const pause = this.#pauseOf(credentials);
    if (pause > 0) return this.#paused(credentials, pause);
    const chain = this.rules.chains.get('sip_get_user_pass');
    if (chain === undefined) return this.next(others);
    if (this.rules.digest.checksUri && !areFor(credentials, this.request.ruri)) {
      this.#refused(credentials, 'its uri is not the Request-URI (sip_digest_uri)');
      return nonce === undefined ? this.next(others) : otherResource;
    }
    return chain.call<Outcome>([credentials.user, credentials.realm, this.request, this.call], (returned, owner) => {
      const secret = secretFor(returned, credentials.algorithm);
      // What it returned may be a password: only its kind is told.
      if (typeof secret !== 'string' && typeof secret !== 'boolean') throw invalidResult('sip_get_user_pass', owner, kindOf(returned));
      // Others may have failed while the password was looked up.
      const pauseNow = this.#pauseOf(credentials);
      if (pauseNow > 0) return this.#paused(credentials, pauseNow);
      this.#judge(credentials, nonce, secret);
      return this.next(others);
    });
  }

  /** Milliseconds for which these credentials are not looked at, because of what their user or their source did. */
  #pauseOf({ user, realm }: Credentials): number {
    const { failures, failureRules } = this.rules.digest;
    const { source } = this.request;
    return Math.max(failures.pauseOfSource(failureRules, source.address), failures.pauseOf(failureRules, { user, realm, source }));
  }

  #paused(credentials: Credentials, pause: number): Refused {
    this.#refused(credentials, 'too many sign-ins failed, and there is a pause (sip_max_auth_failures)');
    return paused(pause);
  }

  #refused({ user, realm }: Credentials, why: string): void {
    this.rules.digest.signIns.refused({ user, realm, source: this.request.source }, why);
  }

  #judge(credentials: Credentials, nonce: Nonce | undefined, secret: string | boolean): void {
    const { realm, user, count } = credentials;
    const { nonces, lifetime, failures, failureRules, signIns } = this.rules.digest;
    const signIn = { user, realm, source: this.request.source };
    if (typeof secret === 'string' && !serves(secret, credentials.algorithm)) signIns.cannotCheck(credentials.algorithm);
    const wrong = secret === true ? undefined : secret === false ? 'there is no such user' : wrongSecret(credentials, this.request.method, secret);
    if (wrong !== undefined) {
      signIns.failed(signIn, wrong);
      return failures.failed(failureRules, signIn);
    }
    const unused = nonce === undefined
      ? 'its nonce is none of this service, perhaps one of before a restart (sip_secret)'
      // Where no password is wanted there is none to protect from replays.
      : secret === true ? undefined : nonces.use(nonce, count, Date.now(), lifetime);
    if (unused !== undefined) {
      this.#stale.add(realm);
      return signIns.refused(signIn, unused);
    }
    failures.held(signIn);
    this.#held.set(realm, true);
    this.#users.set(realm, user);
    if (secret !== true) this.#isProof = true;
  }

  #result(): Authentication {
    return { list: [...this.#held].map(([realm, held]) => [['digest', realm], held]), users: this.#users, stale: this.#stale, isProof: this.#isProof };
  }
}

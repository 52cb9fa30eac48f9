import { Header, parseCredentials } from '@nksip-ts/sip';
import type { MaybePromise } from '../chain.js';
import { challengeLines } from '../digest/challenge.js';
import { areFor, areRight, readCredentials, type Credentials } from '../digest/check.js';
import type { Nonce } from '../digest/nonce.js';
import type { ResolvedReply } from '../replies.js';
import type { Call } from '../sip-request.js';
import { nothingOffered, type Authentication } from './authentication.js';
import type { IncomingRequest } from './incoming-request.js';
import type { Setup } from './setup.js';

/** A request needs one for each realm on its way. */
const mostCredentials = 8;

/** `sip_get_user_pass` answered what has no meaning. What it answered may be a password: only its kind is told. */
export class MeaninglessPassword {
  constructor(readonly kind: string, readonly owner: string) {}
}

/** Too many passwords were wrong: no credentials are looked at for some time, in seconds. */
export class Paused {
  readonly seconds: number;

  constructor(milliseconds: number) {
    this.seconds = Math.ceil(milliseconds / 1000);
  }
}

type Outcome = Authentication | MeaninglessPassword | Paused;

/** Checks the digest credentials of a request, one set for each realm (RFC 3261 22.1 and 22.3). Synchronous unless `sip_get_user_pass` is not. */
export function authenticate(request: IncomingRequest, call: Call, setup: Setup): MaybePromise<Outcome> {
  const { message } = request;
  if (message.count(Header.Authorization) === 0 && message.count(Header.ProxyAuthorization) === 0) return nothingOffered;
  const { failures, failureRules } = setup.digest;
  const pause = failures.pauseOfSource(failureRules, request.source.address);
  if (pause > 0) return new Paused(pause);
  const texts = [...request.header('Authorization'), ...request.header('Proxy-Authorization')].slice(0, mostCredentials);
  return new Inspection(request, call, setup).next(texts);
}

/** One look at the credentials of a request, one after the other. */
class Inspection {
  readonly #held = new Map<string, boolean>();
  /** Realms of which credentials were checked: any others would be another guess. */
  readonly #checked = new Set<string>();
  readonly #users = new Map<string, string>();
  readonly #stale = new Set<string>();
  #isProof = false;

  constructor(
    private readonly request: IncomingRequest,
    private readonly call: Call,
    private readonly setup: Setup,
  ) {}

  next([text, ...others]: readonly string[]): MaybePromise<Outcome> {
    if (text === undefined) return this.#result();
    const value = parseCredentials(text);
    const realm = value?.scheme === 'Digest' ? value.params.get('realm') : undefined;
    if (value === undefined || realm === undefined || this.#checked.has(realm)) return this.next(others);
    if (!this.#held.has(realm)) this.#held.set(realm, false);
    const credentials = readCredentials(value);
    if (credentials === undefined) return this.next(others);
    const pause = this.#pauseOf(credentials);
    if (pause > 0) return new Paused(pause);
    const nonce = this.#nonceOf(credentials);
    if (nonce === undefined) return this.next(others);
    this.#checked.add(realm);
    const chain = this.setup.chains.get('sip_get_user_pass');
    if (chain === undefined || !areFor(credentials, this.request.ruri)) return this.next(others);
    return chain.call<Outcome>([credentials.user, realm, this.request, this.call], (secret, owner) => {
      if (typeof secret !== 'string' && typeof secret !== 'boolean') return new MeaninglessPassword(kindOf(secret), owner);
      // Others may have failed while the password was looked up.
      const pauseNow = this.#pauseOf(credentials);
      if (pauseNow > 0) return new Paused(pauseNow);
      this.#judge(credentials, nonce, secret);
      return this.next(others);
    });
  }

  /** Milliseconds for which these credentials are not looked at, because of what their user or their source did. */
  #pauseOf({ user, realm }: Credentials): number {
    const { failures, failureRules } = this.setup.digest;
    const { source } = this.request;
    return Math.max(failures.pauseOfSource(failureRules, source.address), failures.pauseOf(failureRules, { user, realm, source }));
  }

  /** The nonce of credentials that are worth asking for a password: nobody gets one looked up without a challenge of ours. */
  #nonceOf({ algorithm, nonce, realm }: Credentials): Nonce | undefined {
    const { digest } = this.setup;
    return digest.algorithms.includes(algorithm) ? digest.nonces.read(nonce, realm) : undefined;
  }

  #judge(credentials: Credentials, nonce: Nonce, secret: string | boolean): void {
    const { realm, user, count } = credentials;
    const { nonces, lifetime, failures, failureRules } = this.setup.digest;
    const signIn = { user, realm, source: this.request.source };
    if (secret === false || (secret !== true && !areRight(credentials, this.request.method, secret))) return failures.failed(failureRules, signIn);
    // Where no password is wanted there is none to protect from replays.
    if (secret === true || nonces.use(nonce, count, Date.now(), lifetime)) {
      failures.held(signIn);
      this.#held.set(realm, true);
      this.#users.set(realm, user);
      if (secret !== true) this.#isProof = true;
    } else {
      this.#stale.add(realm);
    }
  }

  #result(): Authentication {
    return { list: [...this.#held].map(([realm, held]) => [['digest', realm], held]), users: this.#users, stale: this.#stale, isProof: this.#isProof };
  }
}

function kindOf(value: unknown): string {
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}

/** A reply that asks for credentials, with the challenges; any other one as it is. */
export function withChallenge(reply: ResolvedReply, request: IncomingRequest, { digest }: Setup): ResolvedReply {
  if (reply.challenge === undefined) return reply;
  const realm = reply.challenge.realm ?? digest.realm;
  // RFC 3261 22.2, 22.3: a server asks with 401, a proxy with 407.
  const field = reply.code === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  const challenges = challengeLines(field, {
    realm, nonce: digest.nonces.make(realm, Date.now()), algorithms: digest.algorithms, stale: request.authentication.stale.has(realm),
  });
  return { ...reply, headers: reply.headers + challenges };
}

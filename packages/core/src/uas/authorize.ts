import { Header, parseCredentials, type AuthValue } from '@nksip-ts/sip';
import type { MaybePromise } from '../chain.js';
import { challengeLines } from '../digest/challenge.js';
import { areFor, areRight, readCredentials, type Credentials } from '../digest/check.js';
import type { Nonce } from '../digest/nonce.js';
import type { ResolvedReply } from '../replies.js';
import type { Call } from '../sip-request.js';
import { nothingOffered, type Authentication } from './authentication.js';
import type { IncomingRequest } from './incoming-request.js';
import type { Setup } from './setup.js';

/** A request needs one for each realm on its way; each further one would be another guess at a password. */
const mostCredentials = 8;

/** `sip_get_user_pass` answered what has no meaning. What it answered may be a password: only its kind is told. */
export class MeaninglessPassword {
  constructor(readonly kind: string, readonly owner: string) {}
}

/** Checks all digest credentials of a request (RFC 3261 22.1 and 22.3). Synchronous unless `sip_get_user_pass` is not. */
export function authenticate(request: IncomingRequest, call: Call, setup: Setup): MaybePromise<Authentication | MeaninglessPassword> {
  const { message } = request;
  if (message.count(Header.Authorization) === 0 && message.count(Header.ProxyAuthorization) === 0) return nothingOffered;
  const texts = [...request.header('Authorization'), ...request.header('Proxy-Authorization')].slice(0, mostCredentials);
  const offered = texts.flatMap((text) => parseCredentials(text) ?? []).filter(({ scheme }) => scheme === 'Digest');
  return new Inspection(request, call, setup).next(offered);
}

/** One look at the credentials of a request, one after the other. */
class Inspection {
  readonly #held = new Map<string, boolean>();
  readonly #users = new Map<string, string>();
  readonly #stale = new Set<string>();
  #isProof = false;

  constructor(
    private readonly request: IncomingRequest,
    private readonly call: Call,
    private readonly setup: Setup,
  ) {}

  next([value, ...others]: readonly AuthValue[]): MaybePromise<Authentication | MeaninglessPassword> {
    if (value === undefined) return this.#result();
    const realm = value.params.get('realm');
    if (realm === undefined || this.#held.get(realm) === true) return this.next(others);
    this.#held.set(realm, false);
    const credentials = readCredentials(value);
    const nonce = credentials === undefined ? undefined : this.#nonceOf(credentials);
    const chain = this.setup.chains.get('sip_get_user_pass');
    if (credentials === undefined || nonce === undefined || chain === undefined) return this.next(others);
    return chain.call<Authentication | MeaninglessPassword>([credentials.user, realm, this.request, this.call], (secret, owner) => {
      if (typeof secret !== 'string' && typeof secret !== 'boolean') return new MeaninglessPassword(kindOf(secret), owner);
      this.#judge(credentials, nonce, secret);
      return this.next(others);
    });
  }

  /** The nonce of credentials that are worth asking for a password: nobody gets one looked up without a challenge of ours. */
  #nonceOf(credentials: Credentials): Nonce | undefined {
    const { digest } = this.setup;
    if (!digest.algorithms.includes(credentials.algorithm) || !areFor(credentials, this.request.ruri)) return undefined;
    return digest.nonces.read(credentials.nonce, credentials.realm);
  }

  #judge(credentials: Credentials, nonce: Nonce, secret: string | boolean): void {
    const { realm, user, count } = credentials;
    if (secret === false || (secret !== true && !areRight(credentials, this.request.method, secret))) return;
    const { nonces, lifetime } = this.setup.digest;
    // Where no password is wanted there is none to protect from replays.
    if (secret === true || nonces.use(nonce, count, Date.now(), lifetime)) {
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

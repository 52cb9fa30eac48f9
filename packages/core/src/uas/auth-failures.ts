import { hash, randomBytes } from 'node:crypto';
import { senderText, type Logger } from '../log/log.js';
import { quoted } from '../log/printable.js';
import { networkOf } from '../transport/address.js';
import type { Source } from '../transport/transport.js';
import { FailureCounts } from './failure-counts.js';

/** What `sip_max_auth_failures` and `sip_trusted_proxies` say. */
export interface FailureRules {
  /** Failures of one user at one source before the first pause; 0: none are counted. */
  readonly most: number;
  /** Whether an address is no single source. */
  readonly isTrusted: (address: string) => boolean;
}

/** Whose credentials they are, and where they came from. */
export interface SignIn {
  readonly user: string;
  readonly realm: string;
  readonly source: Pick<Source, 'transport' | 'address' | 'port'>;
}

/** A source may fail so many times as often as one of its users: behind one address there may be an office. */
const usersOfASource = 10;

/** Milliseconds in which one failure of a user is forgotten. */
const forgetting = 60_000;

/** Bytes that a user and a source cost. Measured: 154; 170 for an IPv4 address, 250 for an IPv6 one, whose text is made of another. */
const userCost = 160, sourceCost = 250;

/** Bytes that one entry in each of the tables costs. */
export const failureCost = userCost + sourceCost;

/**
 * Sign-ins that failed: by user and source together, so that nobody is shut out by what somebody else does elsewhere, and by source,
 * so that nobody tries one password with all users. After `most` of them there is a pause, in which no credentials are looked at.
 */
export class AuthFailures {
  readonly #users: FailureCounts;
  readonly #sources: FailureCounts;
  /** Makes keys that are short, and that nobody can choose: a user's name may have thousands of characters. */
  readonly #secret = randomBytes(16).toString('hex');

  /** `clock`: milliseconds, never going back. So many users and so many sources are remembered. */
  constructor(clock: () => number, private readonly log: Logger, most: number) {
    this.#users = new FailureCounts(clock, forgetting, most);
    this.#sources = new FailureCounts(clock, forgetting / usersOfASource, most);
  }

  /** What they hold. */
  get bytes(): number {
    return this.#users.size * userCost + this.#sources.size * sourceCost;
  }

  /** Milliseconds for which no credentials from an address are looked at; 0: they are. */
  pauseOfSource({ most, isTrusted }: FailureRules, address: string): number {
    return most === 0 || this.#sources.size === 0 || isTrusted(address) ? 0 : this.#sources.pauseOf(networkOf(address));
  }

  /** The same for the credentials of one user from there. */
  pauseOf({ most }: FailureRules, signIn: SignIn): number {
    return most === 0 || this.#users.size === 0 ? 0 : this.#users.pauseOf(this.#keyOf(signIn));
  }

  failed({ most, isTrusted }: FailureRules, signIn: SignIn): void {
    if (most === 0) return;
    const { source } = signIn;
    const ofUser = this.#users.add(this.#keyOf(signIn), most);
    if (ofUser.pause > 0) this.#tellUser(signIn, ofUser.failures, ofUser.pause / 1000);
    if (isTrusted(source.address)) return;
    const ofSource = this.#sources.add(networkOf(source.address), usersOfASource * most);
    if (ofSource.pause > 0) this.#tellSource(source, ofSource.failures, ofSource.pause / 1000);
  }

  /** What its user failed before is forgotten, not what the source did. */
  held(signIn: SignIn): void {
    if (this.#users.size > 0) this.#users.clear(this.#keyOf(signIn));
  }

  /** 52 bits. */
  #keyOf({ user, realm, source }: SignIn): number {
    return Number.parseInt(hash('sha256', `${this.#secret}\n${networkOf(source.address)}\n${realm}\n${user}`).slice(0, 13), 16);
  }

  #tellUser({ user: name, realm, source }: SignIn, failures: number, seconds: number): void {
    const [user, from] = [quoted(name), senderText(source)];
    this.log.warn({ user, realm: quoted(realm), from, failures, seconds },
      `${failures} failed sign-ins of ${user} from ${from}: credentials of this user are not looked at there for ${seconds} s`);
  }

  #tellSource(source: SignIn['source'], failures: number, seconds: number): void {
    const from = senderText(source);
    this.log.warn({ from, failures, seconds }, `${failures} failed sign-ins from ${from}: no credentials are looked at there for ${seconds} s`);
  }
}

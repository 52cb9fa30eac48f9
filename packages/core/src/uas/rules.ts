import type { Chain } from '../callback/chain.js';
import type { DigestAlgorithm } from '../digest/algorithm.js';
import type { Nonces } from '../digest/nonces.js';
import type { ReplyDefaults } from '../reply/resolve.js';
import type { AuthFailures, FailureRules } from './auth-failures.js';
import type { SignInLog } from './sign-in-log.js';
import type { Dialogs } from './dialogs.js';
import type { Rate } from './source-rates.js';

/**
 * What requests are handled with. A value: `update` makes a new one and puts it in the place of the old one, which the requests
 * under way keep to their end.
 */
export interface Rules {
  readonly service: string;
  readonly chains: ReadonlyMap<string, Chain>;
  /** Methods that are answered; all others are 405 or 501. */
  readonly allowed: ReadonlySet<string>;
  /** Extensions that Require may name. */
  readonly supported: ReadonlySet<string>;
  /** Domains that are ours, as an address of record has them; undefined: every one is. */
  readonly domains: ReadonlySet<string> | undefined;
  /** Never send a 100 (Trying). */
  readonly no100: boolean;
  /** New requests that one source may send. */
  readonly rate: Rate;
  /** Whether an address is one of `sip_trusted_proxies`: it stands for many, and is no single source of anything. */
  readonly isTrusted: (address: string) => boolean;
  /** Whether what this address says of who sends a request is believed (`sip_asserted_identity`). */
  readonly mayAssert: (address: string) => boolean;
  /** Methods whose requests all callbacks let go of: see `letsGo`. */
  readonly lent: ReadonlySet<string>;
  readonly replyDefaults: ReplyDefaults;
  readonly digest: DigestRules;
  /** Those of the service for as long as it runs. */
  readonly dialogs: Dialogs;
}

/** What challenges are made with. */
export interface DigestRules {
  /** Where a challenge names none. */
  readonly realm: string;
  /** The one that is liked best first. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** Whether credentials without qop can sign in. */
  readonly withoutQop: boolean;
  /** Whether credentials must name the Request-URI. */
  readonly checksUri: boolean;
  /** Milliseconds for which a nonce can be used. */
  readonly lifetime: number;
  /** The same ones for as long as the service runs. */
  readonly nonces: Nonces;
  /** Those of the service for as long as it runs. */
  readonly failures: AuthFailures;
  readonly failureRules: FailureRules;
  readonly signIns: SignInLog;
}

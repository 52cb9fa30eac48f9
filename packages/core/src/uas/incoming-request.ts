import type { Message, Uri } from '@nksip-ts/sip';
import { whenReady } from '../callback/chain.js';
import { NksipError } from '../errors.js';
import type { RequestKey } from '../transaction/server-key.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { PeerIdentity, Source } from '../transport/transport.js';
import type { AssertedIdentity, SipRequest } from '../callback/request.js';
import { assertedIdentityOf } from './asserted-identity.js';
import type { AuthEntry } from '../callback/callbacks.js';

/** What the credentials of a request proved. */
export interface Authentication {
  /** For `sip_authorize`. */
  readonly list: readonly AuthEntry[];
  /** Whose credentials held, by realm. */
  readonly users: ReadonlyMap<string, string>;
  /** Realms for which the credentials were right but for their nonce. */
  readonly stale: ReadonlySet<string>;
  /** A password was right, which nobody has who only claims an address. */
  readonly isProof: boolean;
}

/** The request has no credentials, or nobody wanted them checked. */
export const nothingOffered: Authentication = { list: [], users: new Map(), stale: new Set(), isProof: false };

/** A request as callbacks see it: a thin, lazy view of the message. */
export class IncomingRequest implements SipRequest {
  /** The code of the final response; 'none' is sent; undefined: not yet. */
  #outcome: number | 'none' | undefined = undefined;
  #followers: ((code: number | undefined) => unknown)[] | undefined = undefined;
  #mustLeave = false;
  /** null: not looked for yet. */
  #asserted: AssertedIdentity | undefined | null = null;
  /** Replaced when the credentials of the request were checked. */
  authentication: Authentication = nothingOffered;

  constructor(
    readonly service: string,
    readonly message: Message,
    readonly source: Source,
    readonly ruri: Uri,
    readonly key: RequestKey,
    private readonly fault: (error: unknown) => void,
    private readonly mayAssert: (address: string) => boolean,
  ) {}

  /** Whether it really came from where it says: over a connection, or with a password. */
  get isProved(): boolean {
    return transportFacts[this.source.transport].isReliable || this.authentication.isProof;
  }

  get method(): string { return this.message.method; }
  get body(): Uint8Array { return this.message.body; }
  get transaction(): string { return this.key.transaction; }
  get token(): string { return this.key.token; }

  get toTag(): string {
    const { toTag } = this.message;
    return toTag === '' ? this.key.toTag : toTag;
  }

  get peer(): PeerIdentity | undefined { return this.source.peer; }

  get digestUsers(): ReadonlyMap<string, string> { return this.authentication.users; }

  /** RFC 3325 5 and 8: what came from anybody else is as if it were not there. */
  get assertedIdentity(): AssertedIdentity | undefined {
    if (this.#asserted === null) this.#asserted = this.mayAssert(this.source.address) ? assertedIdentityOf(this.message) : undefined;
    return this.#asserted;
  }

  /** Whether somebody waits until the response has left. */
  get mustLeave(): boolean {
    return this.#mustLeave;
  }

  /** The final response was sent, or none will be. */
  replied(outcome: number | 'none'): void {
    this.#outcome ??= outcome;
    const followers = this.#followers;
    // The usual case, in which nothing is allocated.
    if (followers === undefined) return;
    this.#followers = undefined;
    for (const follower of followers) this.#call(follower);
  }

  afterReply(then: (code: number | undefined) => unknown, when: 'left' | 'gathered' = 'left'): void {
    if (typeof then !== 'function') throw new NksipError('invalid_argument', { argument: 'then', given: then, reason: 'write a function' });
    if (when === 'left') this.#mustLeave = true;
    if (this.#outcome === undefined) (this.#followers ??= []).push(then);
    else this.#call(then);
  }

  #call(follower: (code: number | undefined) => unknown): void {
    try {
      void whenReady(follower(this.#outcome === 'none' ? undefined : this.#outcome), () => undefined, this.fault);
    } catch (error) {
      this.fault(error);
    }
  }

  header(name: string): readonly string[] {
    return this.message.header(name);
  }
}

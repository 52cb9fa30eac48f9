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

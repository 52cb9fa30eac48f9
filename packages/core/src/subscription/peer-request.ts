import type { SipRequest } from '../callback/request.js';
import type { Source } from '../transport/transport.js';

/** A request of a peer, as the server side has it. */
export interface PeerRequest extends SipRequest {
  readonly source: Source;
  /** It really came from where it says: over a connection, or with a password. */
  readonly isProved: boolean;
}

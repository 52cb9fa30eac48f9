import type { Uri } from '@nksip-ts/sip';

import type { KnownChallenges } from '../digest/known-challenges.js';
import type { Passwords } from '../digest/passwords.js';
import type { Logger } from '../log/log.js';
import type { ClientTable } from '../transaction/client-table.js';
import type { TransactionTimers } from '../transaction/non-invite-client.js';
import type { Flow, FlowUse, Target } from '../transport/transport.js';
import type { LocalEnd, UacIdentity } from './build.js';
import type { FlowEnd } from './local-end.js';

/** What a client needs of the service that it sends for. */
export interface UacHost {
  readonly id: string;
  /** `urn:uuid:...`: the service itself, wherever it is (RFC 5626 4.1). */
  readonly instance: string;
  readonly identity: UacIdentity;
  /** What Via and Contact say of our end of a way. */
  localEnd(flow: FlowEnd): LocalEnd;
  readonly timers: TransactionTimers;
  /** Bytes: a longer request goes over a stream transport. */
  readonly udpMaxSize: number;
  readonly clients: ClientTable;
  readonly log: Logger;
  /** `sip_pass`: for requests that have none of their own. */
  readonly passwords?: Passwords | undefined;
  /** Challenges that were answered before. */
  readonly challenges: KnownChallenges;
  /** RFC 3263: at least one target, the best first; `streams` leaves UDP out. Rejects with NksipError('resolve_failed'). */
  resolve(uri: Uri, over: 'any' | 'streams'): Promise<readonly Target[]>;
  /** Rejects with NksipError('transport_error'). */
  open(target: Target, use?: FlowUse): Promise<Flow>;
  /** Rises from request to request (RFC 3261 8.1.1.5). */
  nextCseq(): number;
  /** So many random bytes, in hex. */
  randomHex(bytes: number): string;
}

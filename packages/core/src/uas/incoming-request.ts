import type { Message, Uri } from '@nksip-ts/sip';
import type { RequestKey } from '../transaction/server-key.js';
import type { PeerIdentity, Source } from '../transport/transport.js';
import type { SipRequest } from '../callback/request.js';
import { nothingOffered, type Authentication } from './authentication.js';

/** A request as callbacks see it: a thin, lazy view of the message. */
export class IncomingRequest implements SipRequest {
  /** Replaced when the credentials of the request were checked. */
  authentication: Authentication = nothingOffered;

  constructor(
    readonly service: string,
    readonly message: Message,
    readonly source: Source,
    readonly ruri: Uri,
    readonly key: RequestKey,
  ) {}

  /** Whether it really came from where it says: over a connection, or with a password. */
  get isProved(): boolean {
    return this.source.transport !== 'udp' || this.authentication.isProof;
  }

  get method(): string { return this.message.method; }
  get body(): Uint8Array { return this.message.body; }
  get transaction(): string { return this.key.transaction; }

  get peer(): PeerIdentity | undefined { return this.source.peer; }

  get digestUsers(): ReadonlyMap<string, string> { return this.authentication.users; }

  header(name: string): readonly string[] {
    return this.message.header(name);
  }
}

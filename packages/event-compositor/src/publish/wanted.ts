import type { SipReply } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';

/** The body of a request and what its header says of it. */
export interface Content {
  /** A view into the datagram. */
  readonly data: Uint8Array;
  /** The event package of the request. */
  readonly event: string;
  /** Content-Type as sent, as Unicode text; absent where there is none. */
  readonly content_type: string | undefined;
  /** 'application/pidf+xml', in lower case; absent where there is no Content-Type or one that cannot be understood. */
  readonly mediaType: string | undefined;
  /** Content-Encoding names something else than identity. */
  readonly encoded: boolean;
  /** Content-Disposition is absent or one that a publication can have. */
  readonly dispositionKnown: boolean;
  /** Content-Disposition has handling=optional: a body that is not understood is ignored (RFC 3261 20.11). */
  readonly optional: boolean;
}

/** What a PUBLISH asks for, as far as that can be told without knowing what is stored. Plain data. */
export interface Wanted {
  readonly aor: Aor;
  /** The AOR as one text. */
  readonly key: string;
  readonly event: string;
  /** The tag of SIP-If-Match. */
  readonly ifMatch: string | undefined;
  /** Seconds, of Expires. */
  readonly expires: number | undefined;
  /** Absent where the body is empty: a Content-Type without a body means nothing. */
  readonly content: Content | undefined;
  /** Who publishes, as `RegPublish` has it; absent where the body is empty. */
  readonly publisher: string | undefined;
  /** Whose digest credentials held, by realm. */
  readonly digestUsers: ReadonlyMap<string, string>;
  /** The same text for a retransmission, wherever it lands. */
  readonly transaction: string;
}

/** A request that is answered without touching what is stored. */
export class Refused {
  readonly reply: SipReply;

  constructor(reply: SipReply) {
    this.reply = reply;
  }
}

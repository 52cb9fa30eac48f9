import type { Aor, Message, Uri } from '@nksip-ts/sip';
import type { PeerIdentity, TransportName } from '../transport/transport.js';

/** A request that a service received, as callbacks see it. */
export interface SipRequest {
  /** The service that received it: what `request(req)` works for. */
  readonly service: string;
  /** In upper case as on the wire: methods are case-sensitive. */
  readonly method: string;
  readonly ruri: Uri;
  /** A view into the datagram or frame: copy it to keep it beyond the response. Empty if there is none. */
  readonly body: Uint8Array;
  /** All values of a header, one per line of the message; compact or long name, any case; an empty list where it is absent. */
  header(name: string): readonly string[];
  /** The parsed message itself. */
  readonly message: Message;
  /** Where it came from. */
  readonly source: { readonly transport: TransportName; readonly address: string; readonly port: number };
  /**
   * Branch, sent-by, Call-ID, CSeq and From tag, Request-URI and a digest of the body and of the headers that decide what is asked for, joined
   * by line feeds: the same for a retransmission, whichever process it reaches. The source is not in it: two requests that are equal but for
   * the address they came from have the same text.
   */
  readonly transaction: string;
  /**
   * 128 bits in hex that no other request has: the same for a retransmission in each process with the same `sip_secret`, and not to be guessed from
   * what the request says or from the To tag. Made of what `transaction` is made of.
   */
  readonly token: string;
  /** The tag in To of its response: that of the request where it has one, else one that is made for it, and is the same for a retransmission. */
  readonly toTag: string;
  /** Whose digest credentials held, by realm; empty where none were checked. */
  readonly digestUsers: ReadonlyMap<string, string>;
  /** Who sends it, by the word of the proxy that it came from (RFC 3325); undefined unless `sip_asserted_identity` is true and the proxy is one of `sip_trusted_proxies`. */
  readonly assertedIdentity?: AssertedIdentity | undefined;
  /** Whom the certificate of the TLS peer names; undefined unless the peer showed one and it was verified. */
  readonly peer?: PeerIdentity | undefined;
  /**
   * Calls `then` once, when the final response to this request was given to the transport: nothing else has left on its way since. `code` is that of the
   * response, which may be another one than the callback returned (a 500 where it could not be used). Undefined: none is sent, for it
   * took longer than 64*T1, the service has stopped, or there is no way to the client. Whether a response arrives nobody knows, and a retransmission calls nothing
   * again. Called later than that it calls `then` at once. What `then` throws is reported as a fault.
   * `when` 'gathered': the response may still wait for the end of this turn of the event loop, with others; what the same socket sends is behind it all the same.
   */
  afterReply(then: (code: number | undefined) => unknown, when?: 'left' | 'gathered'): void;
}

/** Who sends a request, by the word of a proxy that is trusted (RFC 3325). */
export interface AssertedIdentity {
  /** The SIP or SIPS address of the user, and the address of record that it means; absent if only a telephone number is asserted. */
  readonly uri?: string;
  readonly aor?: Aor;
  /** The tel URI, if there is one. */
  readonly tel?: string;
  /** What Privacy asks for, in lower case (RFC 3323, RFC 3325 9.3): with `id` nobody outside is to be told who it is. */
  readonly privacy: readonly string[];
}

/** A final response that a request of ours got. */
export interface SipResponse {
  readonly code: number;
  readonly reason: string;
  readonly body: Uint8Array;
  /** All values of a header, one per line of the message; compact or long name, any case; an empty list where it is absent. */
  header(name: string): readonly string[];
}

/** What the requests of one Call-ID have in common. */
export interface Call {
  readonly service: string;
  readonly callId: string;
}

import type { NksipError } from '../errors.js';
import type { Sendable } from './head-and-body.js';
import type { TransportName } from './transport-facts.js';

export type { TransportName };

/** Whom a certificate names that was verified. */
export interface PeerIdentity {
  /** The SIP domains that it speaks for, lower-cased (RFC 5922 7.1): of `sip:` URIs without a user, else DNS names, else, without any subjectAltName, the common name. */
  readonly domains: readonly string[];
  /** All URIs in its subjectAltName as they stand there, those of persons (`sip:alice@example.com`) too. */
  readonly uris: readonly string[];
  /** Of its subject; undefined where there is none, or more than one. */
  readonly commonName: string | undefined;
}

/** Where a message came from, and the way back to there. */
export interface Source {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** The local listener's (or connection's) own address and port. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Only over TLS, and only where the peer showed a certificate that was verified. */
  readonly peer?: PeerIdentity | undefined;
  /**
   * Sends a response. UDP: a datagram to `address:port` from the very socket that the request came to (RFC 3581 4).
   * Streams: over the connection that the request came on; if that is gone, over a new one to `address:port` (RFC 3261 18.2.2).
   */
  reply(bytes: Uint8Array, address: string, port: number): void;
  /** Sends at once what is gathered of responses; absent where nothing can overtake them. */
  flush?(): void;
}

/** What the transports tell the stack. `bytes` is whole: one datagram, or one message framed by Content-Length. */
export interface Receiver {
  /** `isLent`: `bytes` is good only until this has returned; its memory is used again then. */
  message(bytes: Uint8Array, source: Source, isLent?: boolean): void;
  /** A stream that cannot be read on (RFC 3261 18.3): respond with `code` if `bytes` allow it; the transport then closes. */
  broken(code: number, reason: string, bytes: Uint8Array, source: Source): void;
  /** A fault that belongs to no single request: a socket error, a refused TLS handshake. */
  fault(error: NksipError): void;
}

/** Where a request is to be sent: the outcome of RFC 3263. `address` is numeric. */
export interface Target {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** The name before resolution: TLS verifies the certificate against it (RFC 5922). */
  readonly host: string;
}

/** A way to send requests to one target. */
export interface Flow {
  readonly transport: TransportName;
  /** What the Via's sent-by and a Contact may say: the local end. */
  readonly localAddress: string;
  readonly localPort: number;
  /** A connection that has carried something before: it may be dead, and nobody knows yet. */
  readonly isUsed: boolean;
  /** Hands it to the system. `sender` is told later, with `transport_error`, if it cannot be sent. */
  send(bytes: Sendable, sender: FlowUser): void;
  /** Sends at once what is gathered to go this way, of responses too; absent where nothing is. */
  flush?(): void;
  /** Tells `user`, once, if the flow breaks (connection lost). */
  watch(user: FlowUser): void;
  unwatch(user: FlowUser): void;
  /** Whoever opened it sends no more on it. */
  release(): void;
}

/** Who sends something over a flow. An object, since one for each request costs less than functions for each. */
export interface FlowUser {
  /** It cannot be sent, or the flow is broken. */
  transportFailed(error: NksipError): void;
}

/** What a flow is opened for: 'request': one request and its response. 'lasting': also what the peer sends there later, since the Contact names it. */
export type FlowUse = 'request' | 'lasting';

/** One bound listener. */
export interface Listener {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** e.g. `sip:127.0.0.1:5060;transport=udp`, `sips:[::1]:5061;transport=tls` */
  readonly uri: string;
  close(): Promise<void>;
}

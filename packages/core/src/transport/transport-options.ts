import type { ParseLimits } from '@nksip-ts/sip';

/** A certificate and its key, as paths of PEM files. */
export interface CertificateFiles {
  readonly certfile: string;
  /** Unset: the key is in `certfile`. */
  readonly keyfile?: string;
  /** Of an encrypted key. */
  readonly password?: string;
}

/** Certificates as the options `tls_*` name them. Paths are used as they are given. */
export interface TlsOptions {
  /** PEM file with our certificate and its chain. */
  readonly certfile?: string;
  /** PEM file with the private key; unset: it is in `certfile`. */
  readonly keyfile?: string;
  /** PEM file with the authorities to trust instead of the well-known ones. */
  readonly cafile?: string;
  /** Of an encrypted private key. */
  readonly password?: string;
  /** Other certificates, by the name that a client asks for: lower-cased, `*.` in front for one label of any kind. */
  readonly sni?: Readonly<Record<string, CertificateFiles>>;
  /** Between two looks at the files (ms); unset or 0: they are read once. */
  readonly reloadInterval?: number;
  /** Whether a certificate is made when none is given; otherwise that is an error at start. */
  readonly selfSigned: boolean;
  /** As a client: whether the server's certificate must be valid and name the host asked for (RFC 5922). */
  readonly verify: boolean;
  /** As a server: whether a client must show a certificate that `cafile` vouches for. */
  readonly requireClientCertificate: boolean;
}

/** WebSockets, as the options `sip_ws_*` name them. */
export interface WsOptions {
  /** Between two pings (ms); who has sent nothing when the next one is due is gone. 0: no pings. */
  readonly pingInterval: number;
  /** Origins whose pages may connect, lower-cased; unset: any. */
  readonly origins?: readonly string[];
}

/** What the transports can be told. Times in milliseconds, sizes in bytes. */
export interface TransportOptions {
  /** What `sip_local_host` says; a certificate that we make carries it. */
  readonly localHost?: string;
  /** Whether requests go from a UDP socket of their own although one listens; unset: no. */
  readonly udpClientSocket?: boolean;
  /** Whether datagrams go many at a time where the system has calls for that. */
  readonly udpBatch: 'auto' | false;
  /** Numbers of UDP sockets that are open and bound, by address and port ('192.0.2.1:5060', '[::1]:5060'): they are taken where they are to be listened on. */
  readonly udpSockets?: ReadonlyMap<string, number>;
  /** Asked for each UDP socket; the system may give less. */
  readonly receiveBuffer: number;
  /** Connections at a time that peers opened, all listeners together, and that we opened for responses to them. */
  readonly maxConnections: number;
  /** Of these, from one address. */
  readonly maxConnectionsPerAddress: number;
  /** A connection on which nothing moved for so long is closed. Clients ping every 95 to 120 seconds (RFC 5626 4.4.1). */
  readonly idleTimeout: number;
  /** A message that is not complete so long after its first byte, a TLS handshake or the request for a WebSocket, ends the connection. */
  readonly headTimeout: number;
  /** For a connection that we open, TLS handshake included. */
  readonly connectTimeout: number;
  /** Written but not taken by the peer: a connection that would hold more than this, in more than one message, is closed. */
  readonly maxBufferedBytes: number;
  readonly limits: ParseLimits;
  readonly tls: TlsOptions;
  readonly ws: WsOptions;
}

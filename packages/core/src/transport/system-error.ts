import { NksipError, reasonOf } from '../errors.js';
import type { TransportName } from './transport.js';
import { hostText } from './address.js';

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use already: choose another one in sip_listen, or stop the program that has it',
  EACCES: 'the system does not permit it: choose a port from 1024 up in sip_listen, or give this process the right (CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'no interface of this machine has that address: write one that it has in sip_listen, or all',
  EAFNOSUPPORT: 'this machine has no such kind of address: leave it out of sip_listen',
};

const untrusted = 'its certificate comes from an authority that is not trusted here: name the file of that authority in tls_cafile';

const sendReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the peer reset the connection',
  EPIPE: 'the peer closed the connection',
  ETIMEDOUT: 'there was no answer in time',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
  EMSGSIZE: 'the message is too large for one datagram',
  ERR_SSL_WRONG_VERSION_NUMBER: 'no TLS is spoken at that port: use the port that speaks it, or a URI without sips: and ;transport=tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself: name the file of that in tls_cafile',
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired: have it renewed there, or set the clock here',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: set the clock here, or wait',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate of ours: give tls_certfile and tls_keyfile',
};

/** The `code` of a fault of the system, such as `EADDRINUSE`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The peer went away. */
export function isHangUp(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

export function listenFailed(listen: string, transport: TransportName, address: string, port: number, error: unknown): NksipError {
  if (error instanceof NksipError) return error;
  const why = listenReasons[systemCode(error) ?? ''] ?? reasonOf(error);
  const reason = `${transport.toUpperCase()} ${hostText(address)}:${port}, ${why}`;
  return new NksipError('listen_failed', { listen, reason }, { cause: error });
}

export function transportError(transport: TransportName, address: string, port: number, error: unknown): NksipError {
  if (error instanceof NksipError) return error;
  const reason = sendReasons[systemCode(error) ?? ''] ?? tlsReason(error) ?? reasonOf(error);
  return new NksipError('transport_error', { transport, address, port, reason }, { cause: error });
}

function tlsReason(error: unknown): string | undefined {
  const words = opensslReason(error);
  return words === undefined ? undefined : `TLS, ${words}`;
}

/** OpenSSL's message is a line of its source; the words are in `reason`. */
export function opensslReason(error: unknown): string | undefined {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? error.reason : undefined;
}

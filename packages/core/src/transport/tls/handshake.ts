import { reasonOf } from '../../errors.js';
import { isHangUp, opensslReason, systemCode } from '../system-error.js';

const noTls = 'a peer does not speak TLS to a TLS port: it must use TLS (sips: or ;transport=tls), or a port that sip_listen has without it';
const untrusted = 'a peer does not trust our certificate: it needs the authority of it, and tls_certfile the whole chain that leads there';

/** Why a handshake with a client failed, and what to do: by what OpenSSL calls it. */
const reasons: Readonly<Record<string, string>> = {
  // newer versions of OpenSSL take OPTIONS, which SIP has too, for HTTP
  ERR_SSL_HTTP_REQUEST: 'a peer speaks HTTP or SIP without TLS to a TLS port: it must use TLS (https:, wss:, sips: or ;transport=tls), or a port that sip_listen has without it',
  ERR_SSL_HTTPS_PROXY_REQUEST: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'a peer knows neither TLS 1.2 nor 1.3, and nothing older is spoken here (RFC 8996)',
  ERR_SSL_NO_SHARED_CIPHER: 'a peer knows no cipher for the kind of key that the certificate of tls_certfile has: one with an RSA key serves old clients',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'a peer shows no certificate, which tls_require_certificate wants: give it one of an authority in tls_cafile',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: untrusted,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: untrusted,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: untrusted,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'a peer says that our certificate has expired: have that of tls_certfile renewed, or set the clock there',
};

export function handshakeReason(error: Error): string {
  return reasons[systemCode(error) ?? ''] ?? `TLS, ${opensslReason(error) ?? reasonOf(error)}`;
}

/** The peer went away or said nothing: that is what a health check does. */
export function isGone(error: Error): boolean {
  return isHangUp(error) || systemCode(error) === 'ERR_TLS_HANDSHAKE_TIMEOUT';
}

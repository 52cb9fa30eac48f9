import { defaultLimits, type ParseLimits } from '@nksip-ts/sip';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError } from '../errors.js';
import { defaultMaxMemory } from '../memory/limit.js';
import type { ServerTableOptions } from '../transaction/server-table.js';
import type { TlsOptions, TransportOptions } from '../transport/transport-options.js';

// What the parts of a service are told, out of its options.

/** RFC 4320 4.1: a 100 goes out when timer E would have been reset to T2: after T1 + 2*T1 + 4*T1 + ... while below T2. */
function timeToTrying(t1: number, t2: number): number {
  let sum = 0;
  for (let interval = t1; interval < t2; interval *= 2) sum += interval;
  return sum;
}

export function serverTableOptions(config: ServiceConfig): ServerTableOptions {
  return {
    timerJ: 64 * config.sip_timer_t1,
    timerI: config.sip_timer_t4,
    trying: timeToTrying(config.sip_timer_t1, config.sip_timer_t2),
    maxOngoing: config.sip_max_calls,
    maxBytes: config.sip_max_transaction_bytes,
  };
}

/** Bytes. */
export function maxMemory({ sip_max_memory: given }: ServiceConfig): number {
  return given ?? defaultMaxMemory();
}

export function parseLimits(config: ServiceConfig): ParseLimits {
  const maxBytes = config.sip_max_message_size;
  return {
    maxBytes,
    maxBody: maxBytes,
    maxHeadBytes: Math.min(defaultLimits.maxHeadBytes, maxBytes),
    maxHeaders: config.sip_max_headers,
    maxHeaderLine: config.sip_max_header_size,
    maxUri: config.sip_max_uri_size,
  };
}

/** Throws NksipError('invalid_option') for options that only together make no sense. */
export function tlsOptions(config: ServiceConfig): TlsOptions {
  // Without authorities of its own TLS trusts the public ones, of whom everybody gets a certificate.
  if (config.tls_require_certificate && config.tls_cafile === undefined) {
    throw new NksipError('invalid_option', { option: 'tls_require_certificate', given: true, reason: 'it needs tls_cafile, whose certificates are taken' });
  }
  return {
    ...(config.tls_certfile === undefined ? undefined : { certfile: config.tls_certfile }),
    ...(config.tls_keyfile === undefined ? undefined : { keyfile: config.tls_keyfile }),
    ...(config.tls_cafile === undefined ? undefined : { cafile: config.tls_cafile }),
    ...(config.tls_password === undefined ? undefined : { password: config.tls_password }),
    ...(config.tls_sni === undefined ? undefined : { sni: config.tls_sni }),
    reloadInterval: 1000 * config.tls_reload_interval,
    selfSigned: config.tls_self_signed,
    verify: config.tls_verify,
    requireClientCertificate: config.tls_require_certificate,
  };
}

/** Throws as `tlsOptions` does. */
export function transportOptions(config: ServiceConfig): TransportOptions {
  return {
    localHost: config.sip_local_host,
    udpClientSocket: config.sip_udp_client_socket,
    udpBatch: config.sip_udp_batch,
    ...(config.sip_udp_sockets === undefined ? undefined : { udpSockets: config.sip_udp_sockets }),
    receiveBuffer: config.sip_udp_receive_buffer,
    maxConnections: config.sip_max_connections,
    maxConnectionsPerAddress: config.sip_max_connections_per_address,
    idleTimeout: 1000 * config.sip_idle_timeout,
    headTimeout: 1000 * config.sip_message_timeout,
    connectTimeout: 1000 * config.sip_connect_timeout,
    maxBufferedBytes: config.sip_max_unsent_bytes,
    limits: parseLimits(config),
    tls: tlsOptions(config),
    ws: {
      pingInterval: 1000 * config.sip_ws_ping,
      ...(config.sip_ws_origins === undefined ? undefined : { origins: config.sip_ws_origins }),
    },
  };
}

import { NksipError, reasonOf } from '../errors.js';
import type { TransportName } from './transport.js';
import { hostText } from './address.js';

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use already',
  EACCES: 'the system does not permit it (ports below 1024 often need a privilege)',
  EADDRNOTAVAIL: 'no interface of this machine has that address',
  EAFNOSUPPORT: 'this machine has no such kind of address',
};

const sendReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the peer reset the connection',
  EPIPE: 'the peer closed the connection',
  ETIMEDOUT: 'there was no answer in time',
  EHOSTUNREACH: 'no way leads to that host',
  ENETUNREACH: 'no way leads to that network',
  EMSGSIZE: 'the message is too large for one datagram',
};

/** The `code` of a fault of the system, such as `EADDRINUSE`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
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

/** OpenSSL's message is a line of its source; the words are in `reason`. */
function tlsReason(error: unknown): string | undefined {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'string' ? `TLS, ${error.reason}` : undefined;
}

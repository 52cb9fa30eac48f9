import { NksipError, reasonOf } from '@nksip-ts/core';
import '@nksip-ts/event-compositor'; // its codes of errors
import { ReplyError } from 'ioredis';

/** Replies of Redis that say that it cannot work now, by their first word, and what to do. */
const hints: Readonly<Record<string, string>> = {
  BUSY: 'a script of somebody keeps it busy',
  CLUSTERDOWN: 'not every slot of the Cluster is served',
  LOADING: 'it has just been started',
  MASTERDOWN: 'its master is gone',
  MISCONF: 'it cannot write to its disk',
  NOAUTH: 'give user and password in sip_event_store_redis_url',
  NOPERM: 'the user needs more rights; the documentation of event-store-redis lists the commands',
  NOREPLICAS: 'too few replicas are there',
  OOM: 'raise its maxmemory',
  READONLY: 'a replica takes no writes: name the master, or the Sentinels',
  TRYAGAIN: 'the slot is being moved',
  UNKILLABLE: 'a script of somebody keeps it busy',
  WRONGPASS: 'mend user and password in sip_event_store_redis_url',
};

/**
 * What a failed command is to the compositor. Only the message is kept: an error of the client has the arguments of the command
 * on it, which may be a password. A reply that does not say "not now" is a fault that waiting does not mend.
 */
export function faultOf(error: unknown): Error {
  if (error instanceof NksipError) return error;
  const reason = explained(error);
  return isReply(error) && hints[firstWord(error)] === undefined
    ? new Error(`Redis refuses it: ${reason}`)
    : new NksipError('store_unavailable', { reason: `Redis: ${reason}` });
}

/** One line, with what to do where that is known. */
export function explained(error: unknown): string {
  // The client says how to have commands sent again, which is not wanted here: nothing is sent twice.
  if (error instanceof Error && error.name === 'MaxRetriesPerRequestError') return 'the connection was lost before its reply';
  const message = systemReason(error) ?? reasonOf(error);
  const hint = isRefusedDatabase(error) ? 'see the number at the end of sip_event_store_redis_url' : isReply(error) ? hints[firstWord(error)] : connectionHint(message);
  return hint === undefined ? message : `${message.replace(/\.$/, '')} (${hint})`;
}

/** What the system says of an address, in words. */
function systemReason(error: unknown): string | undefined {
  switch (error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined) {
    case 'ECONNREFUSED': return 'nobody listens there: start it, or correct the address';
    case 'ENOTFOUND':
    case 'EAI_AGAIN': return 'the name of its host is unknown: correct it';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH': return 'there is no route to its host: correct the address, or look for a firewall';
    case 'EACCES': return 'this process may not connect to it';
    default: return undefined;
  }
}

function connectionHint(message: string): string | undefined {
  if (/EPROTO|wrong version number|packet length too long/.test(message)) return 'it does not speak TLS: write redis:// in sip_event_store_redis_url';
  if (/self-signed|unable to (?:verify|get)|altnames/i.test(message)) return 'see cafile in sip_event_store_redis_tls';
  if (/Connection is closed|ECONNRESET/.test(message)) return 'is it up? If it speaks TLS, write rediss:// in sip_event_store_redis_url';
  return undefined;
}

/** Redis does not know a script by its digest. */
export function isUnknownScript(error: unknown): boolean {
  return isReply(error) && firstWord(error) === 'NOSCRIPT';
}

/** The database that the URL names cannot be used. The client says so and goes on, in database 0. */
export function isRefusedDatabase(error: unknown): boolean {
  return isReply(error) && 'command' in error && (error.command as { readonly name?: unknown } | undefined)?.name === 'select';
}

function isReply(error: unknown): error is Error {
  return error instanceof ReplyError;
}

function firstWord(error: Error): string {
  return /^[A-Z]+/.exec(error.message)?.[0] ?? '';
}

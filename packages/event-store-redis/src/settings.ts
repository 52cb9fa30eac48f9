import { NksipError } from '@nksip-ts/core';
import { PREFIX } from './keys.js';

/** Where Redis is and how it is used. */
export interface RedisSettings {
  /** `redis://user:password@host:port/db`, or `rediss://` over TLS: a server; with `nodes` the first node of a Cluster; with `master` a Sentinel. */
  readonly url?: string | undefined;
  /** `host:port` of more nodes of a Cluster, or, with `master`, of more Sentinels. */
  readonly nodes?: readonly string[] | undefined;
  /** The name that the Sentinels have for the master. */
  readonly master?: string | undefined;
  /** Of the Sentinels themselves, where they want one. */
  readonly sentinelPassword?: string | undefined;
  /** For `rediss://`, in PEM. */
  readonly tls?: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer } | undefined;
  /** What all keys begin with. */
  readonly prefix?: string | undefined;
  /** Milliseconds that connecting, and each command, may take. */
  readonly timeout?: number | undefined;
}

export const DEFAULT_URL = 'redis://127.0.0.1:6379';
export const DEFAULT_PREFIX = 'nksip-ts:';
export const DEFAULT_TIMEOUT = 2000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A URL, understood. */
export interface RedisUrl extends Address {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
}

/** Undefined for what is no URL of a Redis. */
export function readUrl(given: string): RedisUrl | undefined {
  if (!URL.canParse(given)) return undefined;
  const { protocol, username, password, hostname, port, pathname, search, hash } = new URL(given);
  const [, db] = /^\/?(\d{0,4})$/.exec(pathname) ?? [];
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '' || db === undefined || search !== '' || hash !== '') return undefined;
  const [user, secret] = [unescaped(username), unescaped(password)];
  if (user === undefined || secret === undefined) return undefined;
  return {
    host: withoutBrackets(hostname), port: port === '' ? 6379 : Number(port), db: Number(db), tls: protocol === 'rediss:',
    username: user === '' ? undefined : user, password: secret === '' ? undefined : secret,
  };
}

/** `host:port`, an IPv6 address in brackets; undefined for anything else. */
export function readAddress(given: string): Address | undefined {
  const [, host = '', port = ''] = /^([\w.-]+|\[[0-9a-f:.]+\]):(\d{1,5})$/i.exec(given) ?? [];
  return host === '' || Number(port) < 1 || Number(port) > 65_535 ? undefined : { host: withoutBrackets(host), port: Number(port) };
}

/** Settings that fit each other. */
export interface Checked extends RedisUrl {
  readonly others: readonly Address[];
  readonly master: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly certificates: NonNullable<RedisSettings['tls']>;
  readonly prefix: string;
  readonly timeout: number;
}

/** Throws `invalid_argument`; what it says has no secret in it. */
export function checked(settings: RedisSettings): Checked {
  const { url = DEFAULT_URL, nodes = [], master, sentinelPassword, tls, prefix = DEFAULT_PREFIX, timeout = DEFAULT_TIMEOUT } = settings;
  const read = readUrl(url) ?? refuse('url', '[redacted]', 'it must be redis://user:password@host:port/db, or rediss:// over TLS');
  const others = nodes.map((node) => readAddress(node) ?? refuse('nodes', node, 'it must be host:port'));
  if (!PREFIX.test(prefix)) refuse('prefix', prefix, 'it is 64 characters at most, letters, digits and any of _.:/-');
  if (!(timeout >= 1 && timeout <= 3_600_000)) refuse('timeout', timeout, 'it must be a number of milliseconds, 1 to 3600000');
  if (tls !== undefined && !read.tls) refuse('tls', '[redacted]', 'the URL must begin with rediss:// then');
  const made = { ...read, others, master, sentinelPassword, certificates: tls ?? {}, prefix, timeout };
  if (isCluster(made) && read.db !== 0) refuse('url', '[redacted]', 'a Cluster has no databases but 0');
  return made;
}

export function isCluster({ master, others }: Checked): boolean {
  return master === undefined && others.length > 0;
}

function refuse(argument: string, given: unknown, reason: string): never {
  throw new NksipError('invalid_argument', { argument, given, reason });
}

/** All addresses of settings, for messages. */
export function told({ host, port, others }: Checked): string {
  return [{ host, port }, ...others].map((one) => `${one.host.includes(':') ? `[${one.host}]` : one.host}:${one.port}`).join(', ');
}

function unescaped(given: string): string | undefined {
  try {
    return decodeURIComponent(given);
  } catch {
    return undefined;
  }
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

import { hash, timingSafeEqual } from 'node:crypto';
import { networkOf } from '@nksip-ts/core';
import type { FastifyRequest } from 'fastify';
import { DeskError } from '../contract/desk-error.js';
import { Attempts } from './attempts.js';
import { hostIn, isLoopbackHost, plainAddress } from './place.js';

/**
 * What a route asks of who comes. 'probe': nothing. 'page': that the page is opened under a name of ours. 'read': a token beyond loopback.
 * 'change': a token always.
 */
export type Need = 'probe' | 'page' | 'read' | 'change';

declare module 'fastify' {
  interface FastifyContextConfig {
    needs?: Need;
  }
}

export interface Access {
  /** Undefined: there is none. Asked for each request, since it may change. */
  token(): string | undefined;
  hosts(): readonly string[];
}

/** Lets in whoever may come. Throws DeskError. */
export class Guard {
  readonly #attempts = new Attempts();

  constructor(private readonly access: Access) {}

  check(request: FastifyRequest): void {
    const needs = request.routeOptions.config.needs ?? 'read';
    if (needs === 'probe') return;
    this.#checkHost(request);
    if (needs === 'page') return;
    checkOrigin(request);
    if (needs === 'change' || !isFromHere(request)) this.#checkToken(request);
  }

  /** Another page cannot reach us by a name of its own that it points here (DNS rebinding): addresses and names of ours are no such name. */
  #checkHost({ headers, socket }: FastifyRequest): void {
    const host = hostIn(headers.host ?? '');
    const isOurs = host !== undefined && (isLoopbackHost(host) || host === plainAddress(socket.localAddress ?? '') || this.access.hosts().some((one) => one.toLowerCase() === host));
    if (!isOurs) throw new DeskError('wrong_host', 'This host name is not known here: open localhost or the address, or add the name to sip_admin_hosts.');
  }

  #checkToken({ headers, socket }: FastifyRequest): void {
    const token = this.access.token();
    if (token === undefined) throw new DeskError('no_token_configured', 'Nothing can be changed, since no token is set: set sip_admin_token_file (or sip_admin_token, or NKSIP_TS_SIP_ADMIN_TOKEN) and start again.');
    const source = networkOf(plainAddress(socket.remoteAddress ?? ''));
    if (!this.#attempts.mayTry(source)) throw new DeskError('too_many_attempts', 'Too many wrong tokens came from this address: try again in a second.', { 'retry-after': '1' });
    const [, given] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    if (given === undefined) throw new DeskError('token_needed', 'Send the token: Authorization: Bearer TOKEN.', { 'www-authenticate': 'Bearer' });
    if (isSame(given, token)) return;
    this.#attempts.failed(source);
    throw new DeskError('token_needed', 'This is not the token.', { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
}

/** A page of another origin may send requests, too (CSRF); browsers say where they come from. */
function checkOrigin({ headers }: FastifyRequest): void {
  const { origin, host = '' } = headers;
  const isOther = origin === undefined ? headers['sec-fetch-site'] === 'cross-site' : !isSameOrigin(origin, host);
  if (isOther) throw new DeskError('wrong_origin', 'A page of another origin may not ask here.');
}

/** Whatever ends TLS in front of us, the host is the same. */
function isSameOrigin(origin: string, host: string): boolean {
  const [, scheme, from] = /^(https?):\/\/([^/]+)$/.exec(origin) ?? [];
  return scheme !== undefined && from === hostFor(scheme, host);
}

/** As an origin has it: in lower case, and without the port that is usual. */
function hostFor(scheme: string, host: string): string | undefined {
  return URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).host : undefined;
}

/** Whoever is on this machine. A proxy on it that speaks for others says so. */
function isFromHere({ headers, socket }: FastifyRequest): boolean {
  return isLoopbackHost(plainAddress(socket.localAddress ?? '')) && headers['x-forwarded-for'] === undefined && headers['forwarded'] === undefined;
}

/** In the same time wherever they differ, and however long they are. */
function isSame(given: string, token: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', token, 'buffer'));
}

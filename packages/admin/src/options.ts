import { NksipError, option } from '@nksip-ts/core';
import { z } from 'zod';
import { isLoopbackHost, placeOf } from './http/place.js';

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_admin_listen: z.string().refine((text) => text === '' || placeOf(text) !== undefined, "write HOST:PORT, such as '127.0.0.1:8088' or '[::1]:8088'").default('127.0.0.1:8088').meta({
    type: 'HOST:PORT',
    description: "Where the page and the HTTP API are served. Beyond loopback everything needs sip_admin_token. Port 0: any free one. '': nothing is served.",
    fixed: true,
  }),
  sip_admin_token: option.secret('Who sends this token may change things, and read beyond loopback. Unset: see sip_admin_token_file; without any token nothing can be changed.'),
  sip_admin_token_file: option.line('A file with the token, read at start and at each reload. Unset: the environment variable NKSIP_TS_SIP_ADMIN_TOKEN.'),
  sip_admin_hosts: option.list('Host names under which the page is opened, besides localhost and addresses. A request with another Host gets a 403 (DNS rebinding).'),
  sip_admin_refusals: option.count('How many of the last refused requests are kept to be shown.', 200, { max: 10_000 }),
});

export type AdminOptions = Readonly<z.output<typeof options>>;

/** Throws `invalid_option` where everybody on the network could read. */
export function checkTogether({ sip_admin_listen: listen }: AdminOptions, token: string | undefined): void {
  const place = placeOf(listen);
  if (place === undefined || token !== undefined || isLoopbackHost(place.host)) return;
  throw new NksipError('invalid_option', { option: 'sip_admin_listen', given: listen, reason: 'beyond loopback a token is needed: set sip_admin_token or sip_admin_token_file, or listen on 127.0.0.1' });
}

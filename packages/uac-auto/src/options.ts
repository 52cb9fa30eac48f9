import { NksipError, option } from '@nksip-ts/core';
import { z } from 'zod';

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_uac_auto_retry_time: option.seconds('The pause after a first failure. It doubles with each further one, more or less a quarter. A Retry-After of the server is waited for instead.', 2, { min: 1, max: 86_400 }),
  sip_uac_auto_max_retry_time: option.seconds('The longest of these pauses.', 300, { min: 1, max: 86_400 }),
  sip_uac_auto_max_kept: option.count('Registrations and publications that the service may keep alive at a time. startRegister and startPublish reject one more (queue_full).', 10_000, { min: 1 }),
  sip_uac_auto_max_under_way: option.count('Requests of the plugin that may be waiting for a response at a time; the others wait for their turn.', 100, { min: 1 }),
});

export type UacAutoOptions = Readonly<z.output<typeof options>>;

/** Throws `invalid_option` where two options contradict each other. */
export function checkTogether({ sip_uac_auto_retry_time: first, sip_uac_auto_max_retry_time: longest }: UacAutoOptions): void {
  if (longest < first) throw new NksipError('invalid_option', { option: 'sip_uac_auto_max_retry_time', given: longest, reason: `it must not be below sip_uac_auto_retry_time, which is ${first}` });
}

import { NksipError, option } from '@nksip-ts/core';
import { z } from 'zod';

/** Seconds: the largest Expires that a request can have (RFC 3261 25.1). */
const LONGEST_TIME = 4_294_967_295;

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_registrar_default_time: option.seconds('The lifetime of a contact whose REGISTER has neither Expires nor the parameter expires.', 3600, { min: 1, max: LONGEST_TIME }),
  sip_registrar_min_time: option.seconds('The shortest lifetime. A REGISTER that asks for less, for less than an hour and not for 0 gets a 423 with this value in Min-Expires.', 60, { max: LONGEST_TIME }),
  sip_registrar_max_time: option.seconds('The longest lifetime. A REGISTER that asks for more is granted this.', 86_400, { min: 1, max: LONGEST_TIME }),
  sip_registrar_max_contacts: option.count('Contacts that one address of record may have. A REGISTER for more gets a 403, and the registered contacts stay.', 10, { min: 1 }),
  sip_registrar_store_timeout: option.seconds('How long the store may take for one operation. After that the request gets a 500, and a late answer is ignored.', 5, { min: 1, max: 3600 }),
});

export type RegistrarOptions = Readonly<z.output<typeof options>>;

/** The configuration of a service, as far as the registrar reads it. */
export type RegistrarConfig = RegistrarOptions & { readonly sip_domains?: readonly string[] | undefined };

/** Throws `invalid_option` where two options contradict each other. */
export function checkTogether({ sip_registrar_min_time: min, sip_registrar_default_time: usual, sip_registrar_max_time: max }: RegistrarOptions): void {
  const refuse = (option: string, given: number, reason: string): never => { throw new NksipError('invalid_option', { option, given, reason }); };
  if (max < min) refuse('sip_registrar_max_time', max, `it must not be below sip_registrar_min_time, which is ${min}`);
  if (usual < min) refuse('sip_registrar_default_time', usual, `it must not be below sip_registrar_min_time, which is ${min}`);
}

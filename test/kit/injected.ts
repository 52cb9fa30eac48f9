// A request that a service answers without a socket: `injected`.
import type { InjectedFrom, Service, SipResponse } from '@nksip-ts/core';

/** The final response to `text`; throws if there is none. */
export async function injected(service: Service, text: string | Uint8Array, from?: InjectedFrom): Promise<SipResponse> {
  const response = await service.inject(text, from);
  if (response === undefined) throw new Error(`no response to\n${Buffer.from(text).toString()}`);
  return response;
}

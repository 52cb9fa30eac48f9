import type { SipRequest } from '@nksip-ts/core';
import type { RegContact } from '../store/contract.js';

/** Whether a request has the source from which one of these contacts was registered. Never true behind a proxy, where the source proves nothing. */
export function cameFrom({ message, source: { transport, address, port } }: SipRequest, contacts: readonly RegContact[]): boolean {
  return message.hasOneVia
    && contacts.some(({ source }) => source !== undefined && source.port === port && source.address === address && source.transport === transport);
}

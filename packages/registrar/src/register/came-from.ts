import type { SipRequest } from '@nksip-ts/core';
import { Header } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';

/** Whether a request comes from where a REGISTER of one of these contacts came from. Behind a proxy that tells nothing. */
export function cameFrom({ message, source: { transport, address, port } }: SipRequest, contacts: readonly RegContact[]): boolean {
  return message.list(Header.Via).length === 1
    && contacts.some(({ source }) => source !== undefined && source.port === port && source.address === address && source.transport === transport);
}

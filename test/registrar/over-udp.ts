import type { Service } from '@nksip-ts/core';
import type { UdpPeer } from '../wire/peers.ts';
import { overUdp, running } from '../wire/running.ts';
import { registerText, type RegisterParts } from './register-text.ts';

export interface Told {
  readonly code: number;
  readonly reason: string;
  /** The values of Contact. */
  readonly contacts: readonly string[];
  /** The values of a header, spelt as given here. */
  all(name: string): readonly string[];
}

export interface Client {
  readonly service: Service;
  readonly peer: UdpPeer;
  /** Sends a REGISTER, and answers with what came back. */
  register(parts?: RegisterParts): Promise<Told>;
  /** What is registered for alice, as a REGISTER without Contact is told it: `sip:alice@192.0.2.1 3600`. */
  registered(to?: string): Promise<readonly string[]>;
}

/** A service with a registrar, and somebody who sends it requests over UDP. */
export async function registering(options: Readonly<Record<string, unknown>> = {}, module: object = {}): Promise<Client> {
  const service = await running({ plugins: ['registrar'], sip_listen: 'sip:127.0.0.1:0', ...options }, module);
  return client(service, await overUdp(service));
}

export function client(service: Service, peer: UdpPeer): Client {
  const register = async (parts: RegisterParts = {}): Promise<Told> => {
    const response = await peer.ask(registerText(parts));
    return { code: response.code, reason: response.reason, contacts: response.all('Contact').flatMap((line) => line.split(/, (?=<)/)), all: (name) => response.all(name) };
  };
  const registered = async (to = '<sip:alice@example.com>'): Promise<readonly string[]> => (await register({ to })).contacts.map(plain);
  return { service, peer, register, registered };
}

/** The URI and the time of `<URI>;...;expires=N`. */
function plain(contact: string): string {
  const [, uri, expires] = /^<([^>]+)>.*;expires=(\d+)$/.exec(contact) ?? [];
  if (uri === undefined) throw new Error(`no contact with its time: ${contact}`);
  return `${uri} ${expires}`;
}

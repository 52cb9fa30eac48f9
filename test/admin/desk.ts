import '@nksip-ts/admin';
import { use, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';
import type { UdpPeer } from '../wire/peers.ts';
import { overUdp, running } from '../wire/running.ts';

export const TOKEN = 'open-sesame-open-sesame';

/** What came back over HTTP. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Its body as JSON. */
  json<T = Record<string, never>>(): T;
}

export interface DeskClient {
  readonly service: Service;
  readonly url: string;
  /** Somebody who sends SIP over UDP. */
  readonly peer: UdpPeer;
  /** With the token unless `headers` says otherwise. */
  ask(path: string, options?: RequestInit): Promise<Got>;
  get<T = Record<string, never>>(path: string): Promise<T>;
}

/** A service with a desk, stopped after the test. */
export async function desk(options: Readonly<Record<string, unknown>> = {}, module: object = {}): Promise<DeskClient> {
  const service = await running({
    plugins: ['event-compositor', 'admin'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence,nkpublish', sip_admin_listen: '127.0.0.1:0', sip_admin_token: TOKEN, ...options,
  }, module);
  return client(service, await overUdp(service));
}

export function client(service: Service, peer: UdpPeer): DeskClient {
  const { url = '' } = use(service, 'admin');
  const ask = async (path: string, options: RequestInit = {}): Promise<Got> => await got(await fetch(new URL(path, url), { headers: { authorization: `Bearer ${TOKEN}` }, ...options }));
  return {
    service, url, peer, ask,
    get: async <T>(path: string): Promise<T> => (await ask(path)).json<T>(),
  };
}

export async function got(response: Response): Promise<Got> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: <T>() => JSON.parse(text) as T };
}

/** Publishes over SIP; answers with the tag. */
export async function publish({ peer }: Pick<DeskClient, 'peer'>, user: string, body: string, parts: Parameters<typeof publishText>[0] = {}): Promise<string> {
  const response = await peer.ask(publishText({ port: peer.port, uri: `sip:${user}@example.com`, body, expires: 600, headers: ['Content-Type: text/plain'], ...parts }));
  expect(response.code).to.equal(200);
  return response.all('SIP-ETag')[0] ?? '';
}

import { expect } from 'chai';
import { portOf } from '../wire/running.ts';
import { presenceHouse, type House } from './presence-house.ts';
import type { Stayed } from './sip-js-stay.ts';

/** A server for WebSockets where SIP.js can stay; with `origin` it takes pages from there only. */
export async function houseForWebSocket(digest: boolean, origin?: string): Promise<House & { readonly url: string }> {
  const house = await presenceHouse({
    sip_listen: 'sip:127.0.0.1:0;transport=ws', sip_registrar_min_time: 1, ...(origin === undefined ? undefined : { sip_ws_origins: origin }),
  }, digest);
  return { ...house, url: `ws://127.0.0.1:${portOf(house.service, 'ws')}` };
}

/** Both were there, saw each other, and nothing of them is left. */
export async function expectStayed({ alice, bob, states }: Stayed, { of, until }: House): Promise<void> {
  await until('alice gone', 'bob gone', 'alice del', 'bob del', 'alice left bob', 'bob left alice');
  expect(of('alice').filter((what) => ['registered', 'refreshed', 'gone'].includes(what)).join(' ')).to.match(/^registered( refreshed)+ gone$/);
  for (const [user, other] of [['alice', 'bob'], ['bob', 'alice']] as const) {
    expect(of(user).filter((what) => what !== 'refreshed')).to.have.members(['registered', 'put', `watches ${other}`, `left ${other}`, 'del', 'gone']);
  }
  expect(states.slice(0, 2)).to.deep.equal(['Registered', 'Unregistered']);
  expect(alice.slice(0, 2), 'alice came before bob').to.deep.equal(['closed', 'open']);
  expect(bob.slice(0, 2), 'bob saw her go').to.deep.equal(['open', 'closed']);
}

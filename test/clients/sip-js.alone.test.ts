import { WebSocket } from 'ws';
import { expectLifecycle, serviceForWebSocket } from './publications-seen.ts';
import { lifecycle } from './sip-js.ts';
import { stay } from './sip-js-stay.ts';
import { expectStayed, houseForWebSocket } from './stay-seen.ts';
import { closeAll } from '../wire/running.ts';
import { expectRefreshed, expectWatched, presenceServer } from './presence-seen.ts';
import { watchPresence, watchThroughRefreshes } from './sip-js-watcher.ts';

describe('SIP.js as the client', () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  // Node 20 has none.
  before(() => Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true }));
  after(() => {
    if (own === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
    else Object.defineProperty(globalThis, 'WebSocket', own);
  });

  for (const etag of ['keep', 'renew'] as const) {
    it(`D39 D40 D41 publishes, refreshes, modifies and removes over WebSocket (tags: ${etag})`, async () => {
      const { service, url, seen } = await serviceForWebSocket(etag);
      try {
        expectLifecycle(await lifecycle(url, 'erin'), seen, etag);
      } finally {
        await service.stop();
      }
    });
  }

  it('C23 C61 a Subscriber with a Contact in .invalid is notified over its WebSocket: initial, modify, remove, expiry, end (freeswitch 398, SIP.js 184)', async () => {
    try {
      const server = await presenceServer();
      await expectWatched(await watchPresence(server.url), server);
    } finally {
      await closeAll();
    }
  });

  it('C04 C07 C61 a Subscriber refreshes its subscription by itself, in its dialog, and is notified each time', async () => {
    try {
      const server = await presenceServer();
      await expectRefreshed(await watchThroughRefreshes(server.url), server);
    } finally {
      await closeAll();
    }
  }).timeout(20_000).slow(10_000);

  for (const digest of [false, true]) {
    it(`C26 A35 two register, publish, watch each other, refresh by themselves and unregister, ${digest ? 'with passwords (MD5)' : 'without passwords'}`, async () => {
      try {
        const house = await houseForWebSocket(digest);
        await expectStayed(await stay(house.url, digest ? 'secret' : undefined), house);
      } finally {
        await closeAll();
      }
    }).timeout(20_000).slow(10_000);
  }
});

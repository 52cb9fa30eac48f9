import { WebSocket } from 'ws';
import { expectLifecycle, serviceForWebSocket } from './publications-seen.ts';
import { lifecycle } from './sip-js.ts';

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
});

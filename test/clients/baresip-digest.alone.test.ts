import { makeHa1, type AuthEntry, type SipRequest } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { closeAll, portOf, running } from '../wire/running.ts';
import { baresip } from './baresip.js';
import { requireTool } from './tools.js';

describe('baresip as the client, with a password', function () {
  this.timeout(30_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  for (const [password, code] of [['secret', 200], ['wrong', 401]] as const) {
    it(`A34 A35 publishes after one challenge of MD5: '${password}' is ${code}`, async () => {
      let decided: (held: boolean) => void = () => undefined;
      const signed = new Promise<boolean>((resolve) => (decided = resolve));
      const service = await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0' }, {
        sip_authorize: (authList: readonly AuthEntry[], req: SipRequest) => {
          if (req.method !== 'PUBLISH' || authList.length === 0) return ['authenticate', 'home'];
          decided(req.digestUsers.get('home') === req.ruri.user);
          return req.digestUsers.get('home') === req.ruri.user ? 'ok' : ['authenticate', 'home'];
        },
        sip_get_user_pass: (user: string, realm: string) => user === 'alice' && makeHa1(user, realm, 'secret'),
      });
      await baresip(`${portOf(service, 'udp')}>;auth_pass=${password};pubint=60;regint=0`);
      expect(await signed).to.equal(code === 200);
    });
  }
});

import { expect } from 'chai';
import { closeAll, portOf } from '../wire/running.ts';
import { presenceHouse } from './presence-house.ts';
import { requireTool } from './tools.ts';
import { twinkle } from './twinkle.ts';

describe('Twinkle, from registration to goodbye', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'twinkle', 'twinkle');
  });

  afterEach(closeAll);

  for (const digest of [false, true]) {
    it(`RFC 3261 10.3 C26 A35 two register, publish, watch each other, register again and unregister, ${digest ? 'with passwords (MD5)' : 'without passwords'}`, async () => {
      const { service, of, until } = await presenceHouse({}, digest);
      const begin = (user: string, buddy: string) => twinkle(user, portOf(service, 'udp'), buddy, {
        register_at_startup: 'yes', registration_time: 3600, pres_publish_startup: 'yes', ...(digest && { auth_name: user, auth_pass: 'secret' }),
      });
      const alice = await begin('alice', 'bob');
      await until('alice registered', 'alice put', 'alice watches bob');
      const bob = await begin('bob', 'alice');
      await until('bob registered', 'bob put', 'bob watches alice');
      await Promise.all([alice.upTo(2), bob.upTo(1)]);
      alice.type('register');
      await until('alice refreshed');
      await alice.quit();
      await until('alice gone', 'alice del', 'alice left bob');
      await bob.upTo(2);
      await bob.quit();
      await until('bob gone', 'bob del', 'bob left alice');
      expect(of('alice').slice().sort()).to.deep.equal(['del', 'gone', 'left bob', 'put', 'refreshed', 'registered', 'watches bob']);
      expect(of('bob').slice().sort()).to.deep.equal(['del', 'gone', 'left alice', 'put', 'registered', 'watches alice']);
      expect(alice.seen[0], 'bob was away').to.equal('active closed offline');
      expect([alice.seen[1], ...bob.seen.slice(0, 2)].map((one) => one?.replace(/^(active open) \w+$/, '$1'))).to.deep.equal(['active open', 'active open', 'active closed offline']);
    });
  }
});

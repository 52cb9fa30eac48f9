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
    it(`C26 A35 two register, publish, watch each other, register again and unregister, ${digest ? 'with passwords (MD5)' : 'without passwords'}`, async () => {
      const { service, of, until } = await presenceHouse({}, digest);
      const begin = (user: string, buddy: string) => twinkle(user, portOf(service, 'udp'), buddy, {
        register_at_startup: 'yes', registration_time: 3600, pres_publish_startup: 'yes', ...(digest && { auth_name: user, auth_pass: 'secret' }),
      });
      const alice = await begin('alice', 'bob');
      await until('alice registered', 'alice put', 'alice watches bob');
      const bob = await begin('bob', 'alice');
      await until('bob registered', 'bob put', 'bob watches alice');
      await bob.upTo(1);
      for (let count = 2; !alice.seen.some(isOpen); count++) await alice.upTo(count);
      alice.type('register');
      await until('alice refreshed');
      await alice.quit();
      await until('alice gone', 'alice del', 'alice left bob');
      for (let count = 2; isOpen(bob.seen.at(-1)); count++) await bob.upTo(count);
      await bob.quit();
      await until('bob gone', 'bob del', 'bob left alice');
      // On a busy machine Twinkle may subscribe twice.
      expect([...new Set(of('alice'))].sort()).to.deep.equal(['del', 'gone', 'left bob', 'put', 'refreshed', 'registered', 'watches bob']);
      expect([...new Set(of('bob'))].sort()).to.deep.equal(['del', 'gone', 'left alice', 'put', 'registered', 'watches alice']);
      expect(alice.seen[0], 'bob was away').to.equal('active closed offline');
      expect(alice.seen.some(isOpen), 'bob came').to.equal(true);
      expect([isOpen(bob.seen[0]), bob.seen.includes('active closed offline')], 'alice was there, and left').to.deep.equal([true, true]);
    });
  }
});

/** Twinkle says what it does, in a word of its own. */
function isOpen(seen: string | undefined): boolean {
  return seen !== undefined && /^active open \w+$/.test(seen);
}

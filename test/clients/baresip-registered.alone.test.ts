import { expect } from 'chai';
import { closeAll, portOf } from '../wire/running.ts';
import { baresip } from './baresip.ts';
import { presenceHouse } from './presence-house.ts';
import { requireTool } from './tools.ts';

describe('baresip, from registration to goodbye', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  for (const digest of [false, true]) {
    it(`C26 A35 two register, publish, watch each other, refresh all of it by themselves and unregister, ${digest ? 'with passwords (MD5)' : 'without passwords'}`, async () => {
      const { service, of, until } = await presenceHouse({ sip_registrar_min_time: 1 }, digest);
      const port = portOf(service, 'udp');
      const begin = (user: string, buddy: string, seconds: number) => baresip(`${port}>;regint=${seconds};pubint=${seconds}${digest ? ';auth_pass=secret' : ''}`, `sip:${buddy}@127.0.0.1:${port}`, user);
      const alice = await begin('alice', 'bob', 3);
      await until('alice registered', 'alice put', 'alice watches bob');
      const bob = await begin('bob', 'alice', 600);
      await until('bob registered', 'bob put', 'bob watches alice', 'alice refreshed', 'alice refresh');
      await alice.shows(1);
      await alice.end();
      await until('alice gone', 'alice del', 'alice left bob');
      await bob.shows(1);
      await bob.end();
      await until('bob gone', 'bob del', 'bob left alice');
      const [hers, his] = [of('alice'), of('bob')];
      expect(hers.filter((what) => ['registered', 'refreshed', 'gone'].includes(what)).join(' ')).to.match(/^registered( refreshed)+ gone$/);
      expect([...new Set(hers)].sort()).to.deep.equal(['del', 'gone', 'left bob', 'put', 'refresh', 'refreshed', 'registered', 'watches bob']);
      expect([...new Set(his)].sort()).to.deep.equal(['del', 'gone', 'left alice', 'put', 'registered', 'watches alice']);
      // It tells of a change only: bob's first state of alice is none.
      expect([alice.shown, bob.shown]).to.deep.equal([['Offline > Online'], ['Online > Offline']]);
    });
  }
});

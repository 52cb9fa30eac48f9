import { expect } from 'chai';
import { closeAll } from '../wire/running.ts';
import { failover } from './failover.ts';
import { requireKamailio } from './kamailio.ts';
import { requireTool } from './tools.ts';

describe('A crowd behind the Kamailio of examples/operations/kamailio.cfg, when one of two nodes is killed', function () {
  this.timeout(60_000);

  before(function () {
    requireKamailio(this);
    requireTool(this, 'redis-server', 'redis-server');
  });

  afterEach(closeAll);

  // npm run bench:failover has 200 of each.
  it('D62 40 publishers send again at most, and 40 watchers know the newest state within the time that they were granted', async () => {
    const expires = 6;
    const { before, after, hit, back, outdated, ends } = await failover({ users: 40, expires, before: 2, after: 7, rate: 20 });
    expect([...before, ...after].filter(({ code }) => code !== 200)).to.deep.equal([]);
    // Only until the proxy has noticed. A second request would be lost as well if the node came back into the list each time that it is missed.
    expect(after.filter(({ took }) => took > 500).length, 'requests that were sent again').to.be.below(after.length / 4);
    expect(hit.length, 'watchers at each node').to.be.within(5, 35);
    expect(Math.max(...back), 'milliseconds').to.be.below(1000 * expires + 1500);
    expect(outdated).to.deep.equal([]);
    expect(ends).to.deep.equal({ 'code,481': hit.length });
  });
});

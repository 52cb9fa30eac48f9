import { uac, type Service, type SipRequest } from '@nksip-ts/core';
import { changePublish, startPublish } from '@nksip-ts/uac-auto';
import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import { closeAll, later, running } from '../wire/running.ts';
import { baresip } from './baresip.ts';
import { nodesAndProxy } from './kamailio-nodes.ts';
import { requireKamailio } from './kamailio.ts';
import { requireTool } from './tools.ts';

const document = (user: string, basic: string): string => `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:${user}@127.0.0.1"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`;

interface Seen {
  readonly basic: string;
  /** The port that the NOTIFY came from, and the node whose Contact it has. */
  readonly from: number;
  readonly node: string;
}

describe('Two nodes behind the Kamailio of examples/operations/kamailio.cfg', function () {
  this.timeout(30_000);

  before(function () {
    requireKamailio(this);
    requireTool(this, 'redis-server', 'redis-server');
  });

  afterEach(closeAll);

  /** A watcher that subscribes anew whenever its subscription ends. */
  async function watching(user: string, uri: string, expires: number): Promise<{ readonly seen: readonly Seen[]; upTo(matches: (one: Seen) => boolean): Promise<void>; readonly service: Service }> {
    const seen: Seen[] = [];
    let tell = (): void => undefined;
    let isLeaving = false;
    const service: Service = await running({ sip_listen: 'sip:127.0.0.1:0', sip_from: `sip:${user}@127.0.0.1`, sip_pass: 'secret' }, {
      sip_notify: (req: SipRequest) => {
        seen.push({ basic: /(?<=<basic>)\w+/.exec(Buffer.from(req.body).toString())?.[0] ?? 'nothing', from: req.source.port, node: /@([\d.:]+)/.exec(req.header('Contact')[0] ?? '')?.[1] ?? '' });
        tell();
        return ['reply', 'ok'];
      },
      sip_dialog_update: (update: unknown) => { if (hasEnded(update) && !isLeaving) void uac.subscribe(service, uri, { event: 'presence', expires }); },
    });
    later(() => { isLeaving = true; });
    expect((await uac.subscribe(service, uri, { event: 'presence', expires })).ok).to.equal(true);
    return { seen, service, upTo: async (matches) => { while (!seen.some(matches)) await new Promise<void>((resolve) => { tell = resolve; }); } };
  }

  function hasEnded(update: unknown): boolean {
    return Array.isArray(update) && Array.isArray(update[1]) && update[1][0] === 'terminated';
  }

  for (const transport of ['udp', 'tcp']) {
    it(`D62 publishers and watchers meet at a node, by ${transport}; NOTIFYs come back through the proxy; nobody is another one; a node dies, and both go on`, async () => {
      const { port, nodes } = await nodesAndProxy(transport);
      const uri = `sip:alice@127.0.0.1:${port}`;
      const alice = await running({ plugins: ['uac-auto'], sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:alice@127.0.0.1', sip_pass: 'secret' });
      const bob = await watching('bob', uri, 5);
      expect((await startPublish(alice, 'desk', uri, { event: 'presence', body: document('alice', 'open'), expires: 600 })).ok).to.equal(true);
      await bob.upTo(({ basic }) => basic === 'open');
      expect(new Set(bob.seen.map(({ from }) => from)), 'all along the route').to.deep.equal(new Set([port]));
      expect(new Set(bob.seen.map(({ node }) => node)).size, 'at one node').to.equal(1);

      const forged = await uac.publish(bob.service, uri, { event: 'presence', body: document('alice', 'closed'), add: { 'P-Asserted-Identity': '<sip:alice@127.0.0.1>' } });
      expect(forged.code, 'bob as alice').to.equal(403);
      const wrong = await uac.publish(bob.service, uri, { event: 'presence', body: document('alice', 'closed'), sip_pass: 'wrong' });
      expect(wrong.code, 'a wrong password').to.equal(401);
      const around = await uac.publish(bob.service, `sip:alice@${nodes[0]?.at}`, { event: 'presence', body: document('alice', 'closed') });
      expect(around.code, 'around the proxy').to.equal(403);

      const theirs = nodes.find(({ at }) => at === bob.seen[0]?.node);
      await theirs?.kill();
      const began = performance.now();
      expect((await changePublish(alice, 'desk', document('alice', 'closed')))).to.include({ ok: true });
      expect(performance.now() - began, 'less than a second retransmission takes, and the second between two requests').to.be.below(3500);
      await bob.upTo(({ basic, node }) => basic === 'closed' && node !== theirs?.at);
      expect(performance.now() - began, 'within the time that was granted').to.be.below(8000);
      expect(new Set(bob.seen.map(({ from }) => from))).to.deep.equal(new Set([port]));
    });
  }

  it('C26 baresip registers at the proxy, publishes and is watched through it, watches another one, and leaves', async function () {
    requireTool(this, 'baresip', 'baresip-core');
    const { port } = await nodesAndProxy('udp');
    const bob = await watching('bob', `sip:alice@127.0.0.1:${port}`, 600);
    const alice = await baresip(`${port}>;regint=600;pubint=600;auth_pass=secret`, `sip:bob@127.0.0.1:${port}`);
    await bob.upTo(({ basic }) => basic === 'open');
    // It tells of a change only: of the first one after its own SUBSCRIBE, whenever that comes.
    let tag: string | undefined;
    for (let turn = 0; alice.shown.length === 0; turn++) {
      const published = await uac.publish(bob.service, `sip:bob@127.0.0.1:${port}`, { event: 'presence', body: document('bob', turn % 2 === 0 ? 'open' : 'closed'), expires: 600, sip_if_match: tag });
      tag = published.meta.sip_etag;
      await Promise.race([alice.shows(1), wait(500)]);
    }
    const contacts = async (): Promise<number> => (await uac.register(bob.service, `sip:alice@127.0.0.1:${port}`, { contact: false, from: 'sip:alice@127.0.0.1', sip_pass: 'secret' })).meta.contact.length;
    expect(await contacts()).to.equal(1);
    await alice.end();
    expect(await contacts()).to.equal(0);
    expect(alice.shown[0]).to.be.oneOf(['Offline > Online', 'Online > Offline']);
  });
});

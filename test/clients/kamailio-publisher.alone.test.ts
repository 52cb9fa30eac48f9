import { uac, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { closeAll, portOf, running } from '../wire/running.ts';
import { kamailio, requireKamailio, type Kamailio } from './kamailio.ts';
import { presenceHouse, type House } from './presence-house.ts';

const document = (basic: string): string => `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@127.0.0.1"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`;

describe("Kamailio's pua as a publisher", function () {
  this.timeout(15_000);

  before(function () {
    requireKamailio(this);
  });

  afterEach(closeAll);

  const publisher = (port: number): Promise<Kamailio> => kamailio('kamailio-pua.cfg', { SERVER: `sip:127.0.0.1:${port}` });

  /** Publishes by command; of one id are the publications that follow each other. */
  const publish = (phone: Kamailio, expires: number, body?: string): Promise<unknown> => phone.command('pua.publish', 'sip:alice@127.0.0.1', String(expires), 'presence', body === undefined ? '.' : 'application/pidf+xml', 'desk', '.', '.', '.', ...(body === undefined ? [] : [body]));

  /** What a watcher of ours is shown: what `<basic>` says, or else `nothing`. */
  async function watching({ service: house }: House, digest: boolean): Promise<{ readonly seen: readonly string[]; upTo(count: number): Promise<void> }> {
    const seen: string[] = [];
    let tell = (): void => undefined;
    const watcher = await running({ sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:bob@127.0.0.1', ...(digest && { sip_pass: 'secret' }) }, {
      sip_notify: (req: { readonly body: Uint8Array }) => {
        seen.push(/(?<=<basic>)\w+/.exec(Buffer.from(req.body).toString())?.[0] ?? 'nothing');
        tell();
        return ['reply', 'ok'];
      },
    });
    const { ok } = await uac.subscribe(watcher, `sip:alice@127.0.0.1:${portOf(house, 'udp')}`, { event: 'presence', expires: 600 });
    expect(ok).to.equal(true);
    return {
      seen,
      upTo: async (count) => { while (seen.length < count) await new Promise<void>((resolve) => { tell = resolve; }); },
    };
  }

  /** The response to its PUBLISH has come, which passes its only worker twice: before that it knows no tag, and so removes nothing. */
  async function settled(phone: Service, { port }: Kamailio): Promise<void> {
    for (let i = 0; i < 2; i++) await uac.options(phone, `sip:127.0.0.1:${port}`);
  }

  for (const digest of [false, true]) {
    const how = digest ? 'with a password (MD5)' : 'without a password';

    // What it does by itself takes some seconds, and is the same with a password.
    it(`C26 A35 publishes by command, modifies, ${digest ? '' : 'refreshes by itself '}and removes, ${how}; a watcher sees each state`, async () => {
      // It refreshes what it got for less time than it asked for.
      const house = await presenceHouse({ sip_event_compositor_max_expires: 8 }, digest);
      const phone = await publisher(portOf(house.service, 'udp'));
      const watched = await watching(house, digest);
      expect(await publish(phone, 600, document('open'))).to.include({ Expires: 8 });
      await house.until('alice put');
      await publish(phone, 600, document('closed'));
      await house.until('alice modify', ...(digest ? [] : ['alice refresh']));
      await publish(phone, 0);
      await house.until('alice del');
      await watched.upTo(4);
      expect([...new Set(house.of('alice'))]).to.deep.equal(['put', 'modify', ...(digest ? [] : ['refresh']), 'del']);
      expect(watched.seen).to.deep.equal(['closed', 'open', 'closed', 'closed']);
    });

    it(`C26 A35 publishes who is registered there, ${how}, until they leave`, async () => {
      const house = await presenceHouse({}, digest);
      const proxy = await publisher(portOf(house.service, 'udp'));
      const watched = await watching(house, digest);
      const phone = await running({ sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:alice@127.0.0.1' });
      await uac.register(phone, `sip:alice@127.0.0.1:${proxy.port}`, { expires: 600 });
      await watched.upTo(2);
      await settled(phone, proxy);
      await uac.register(phone, `sip:alice@127.0.0.1:${proxy.port}`, { unregister: true });
      await watched.upTo(3);
      expect(watched.seen[1]).to.equal('open');
      expect([house.of('alice'), watched.seen]).to.deep.equal([['put', 'del'], ['closed', 'open', 'closed']]);
    });
  }
});

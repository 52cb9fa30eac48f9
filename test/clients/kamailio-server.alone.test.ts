import { uac, type Service } from '@nksip-ts/core';
import { changePublish, refresh, startPublish, stopPublish, type PublicationUpdate } from '@nksip-ts/uac-auto';
import { expect } from 'chai';
import { closeAll, running } from '../wire/running.ts';
import { kamailio, requireKamailio } from './kamailio.ts';

const document = (basic: string): string => `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@127.0.0.1"><tuple id="t1"><status><basic>${basic}</basic></status></tuple></presence>`;

describe("Kamailio's presence as the server of a program that stays", function () {
  this.timeout(60_000);

  before(function () {
    requireKamailio(this);
  });

  afterEach(closeAll);

  const nextUpdate = (service: Service): Promise<PublicationUpdate> => new Promise((resolve) => { service.events.once('uac_auto:publication', resolve); });

  /** What it tells somebody who asks once: what `<basic>` says, or `nothing`. */
  async function told(uri: string): Promise<string> {
    const seen = new Promise<string>((resolve) => {
      void running({ sip_listen: 'sip:127.0.0.1:0', sip_from: 'sip:bob@127.0.0.1' }, {
        sip_notify: ({ body }: { readonly body: Uint8Array }) => {
          resolve(/(?<=<basic>)\w+/.exec(Buffer.from(body).toString())?.[0] ?? 'nothing');
          return ['reply', 'ok'];
        },
      }).then((watcher) => uac.subscribe(watcher, uri, { event: 'presence', expires: 0 }));
    });
    return await seen;
  }

  for (const [transport, digest] of [['udp', true], ['tcp', false]] as const) {
    it(`B02 B05 B06 B08 B11 B14 publishes, refreshes, modifies, publishes all anew when it was started again, and removes, over ${transport}, ${digest ? 'with a password (MD5)' : 'without a password'}`, async () => {
      const server = await kamailio('kamailio-presence.cfg', digest ? { DIGEST: 1 } : {});
      const uri = `sip:alice@127.0.0.1:${server.port};transport=${transport}`;
      const service = await running({ plugins: ['uac-auto'], sip_from: 'sip:alice@127.0.0.1', ...(digest && { sip_pass: 'secret' }) });
      const refreshed = async (): Promise<PublicationUpdate> => {
        const update = nextUpdate(service);
        refresh(service);
        return await update;
      };
      const first = await startPublish(service, 'desk', uri, { event: 'presence', body: document('open'), expires: 600 });
      expect([first.ok, first.expires, await told(uri)]).to.deep.equal([true, 600, 'open']);
      const second = await refreshed();
      expect([second.ok, second.sip_etag === first.sip_etag]).to.deep.equal([true, false]);
      expect((await changePublish(service, 'desk', document('closed')))).to.include({ ok: true });
      expect(await told(uri)).to.equal('closed');
      await server.restart();
      expect(await told(uri)).to.equal('nothing');
      expect(await refreshed()).to.include({ ok: true, state: 'ok' });
      expect(await told(uri)).to.equal('closed');
      expect(await stopPublish(service, 'desk')).to.include({ state: 'ended', expires: 0 });
      expect(await told(uri)).to.equal('nothing');
    });
  }
});

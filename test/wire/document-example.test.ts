import { stop, uac, type Published, type Service } from '@nksip-ts/core';
import eventCompositor, { clear, find, textOf } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { closeAll, portOf, running } from './running.ts';

interface Pair {
  readonly client: Service;
  readonly server: Service;
}

/** The two services of the document, on free ports; a certificate made at start is trusted by nobody. */
async function pair(localHosts: readonly [string, string], options: Readonly<Record<string, unknown>> = {}): Promise<Pair> {
  const client = await running({ sip_from: 'sip:client1@nksip', sip_local_host: localHosts[0], sip_listen: 'sip:all:0, sips:all:0', tls_verify: false });
  const server = await running({
    sip_from: 'sip:server@nksip', sip_local_host: localHosts[1], sip_no_100: true, sip_events: 'nkpublish', plugins: [eventCompositor],
    sip_listen: 'sip:all:0, sips:all:0', ...options,
  });
  return { client, server };
}

type Transport = 'udp' | 'tcp' | 'tls';

function uriOf(server: Service, transport: Transport): string {
  const port = portOf(server, transport);
  return transport === 'udp' ? `sip:user1@127.0.0.1:${port}` : `sip:user1@127.0.0.1:${port};transport=${transport}`;
}

const aor = { scheme: 'sip', user: 'user1', domain: '127.0.0.1' };

async function stored(server: Service, tag: string): Promise<string> {
  const record = await find(server, aor, tag);
  return record === 'not_found' ? record : textOf(record);
}

function granted(published: Published): { readonly sip_etag: string; readonly expires: number } {
  expect([published.ok, published.code]).to.deep.equal([true, 200]);
  if (!published.ok) throw new Error(String(published.code));
  return published.meta;
}

describe('the example of the document', () => {
  afterEach(closeAll);

  const localHosts: readonly (readonly [string, string])[] = [['localhost', ''], ['127.0.0.1', '127.0.0.1'], ['', '']];
  for (const hosts of localHosts) {
    for (const transport of ['udp', 'tcp', 'tls'] as const) {
      it(`runs over ${transport.toUpperCase()} with sip_local_host ${JSON.stringify(hosts)}: a publication keeps its tag`, async () => {
        const { client, server } = await pair(hosts);
        const uri = uriOf(server, transport);
        const publish = (options: object) => uac.publish(client, uri, { event: 'nkpublish', ...options });

        const first = granted(await publish({ expires: 5, body: 'data1' }));
        expect(first.expires).to.equal(5);
        expect(await stored(server, first.sip_etag)).to.equal('data1');

        const other = await publish({ sip_if_match: 'other' });
        expect([other.ok, other.code, other.meta]).to.deep.equal([false, 412, {}]);

        expect(granted(await publish({ expires: 0, sip_if_match: first.sip_etag }))).to.deep.equal({ sip_etag: first.sip_etag, expires: 0 });
        expect(await stored(server, first.sip_etag)).to.equal('not_found');

        const second = granted(await publish({ expires: 60, body: 'data2' }));
        expect(second.expires).to.equal(60);
        expect(second.sip_etag).not.to.equal(first.sip_etag);
        expect(await stored(server, second.sip_etag)).to.equal('data2');

        expect(granted(await publish({ expires: 1, sip_if_match: second.sip_etag, body: 'data3' }))).to.deep.equal({ sip_etag: second.sip_etag, expires: 1 });
        expect(await stored(server, second.sip_etag)).to.equal('data3');

        expect(await stop(client)).to.equal('ok');
        expect(await stop(server)).to.equal('ok');
      });
    }
  }

  for (const transport of ['udp', 'tls'] as const) {
    it(`A24 runs over ${transport.toUpperCase()} by the rules of RFC 3903 6(6): every 200 has a new tag, and the one before is good no more`, async () => {
      const { client, server } = await pair(['localhost', ''], { sip_event_compositor_etag: 'renew' });
      const uri = uriOf(server, transport);
      const publish = (options: object) => uac.publish(client, uri, { event: 'nkpublish', ...options });
      const tags: string[] = [];
      const next = async (options: object): Promise<string> => {
        const { sip_etag } = granted(await publish(tags.length === 0 ? options : { sip_if_match: tags.at(-1), ...options }));
        expect(tags).not.to.include(sip_etag);
        for (const old of tags) {
          expect(await stored(server, old)).to.equal('not_found');
          expect((await publish({ sip_if_match: old, expires: 60 })).code).to.equal(412);
        }
        tags.push(sip_etag);
        return sip_etag;
      };
      expect(await stored(server, await next({ expires: 5, body: 'data1' }))).to.equal('data1');
      expect((await publish({ sip_if_match: 'other' })).code).to.equal(412);
      expect(await stored(server, await next({ expires: 60 })), 'a refresh').to.equal('data1');
      expect(await stored(server, await next({ expires: 1, body: 'data3' })), 'a modification').to.equal('data3');
      expect(await stored(server, await next({ expires: 0 })), 'a removal').to.equal('not_found');
    });
  }

  it('runs with a sips URI as well: sip and sips are two addresses of record', async () => {
    const { client, server } = await pair(['', '']);
    const published = granted(await uac.publish(client, `sips:user1@127.0.0.1:${portOf(server, 'tls')}`, { event: 'nkpublish', expires: 5, body: 'data1' }));
    expect(await stored(server, published.sip_etag)).to.equal('not_found');
    const record = await find(server, { ...aor, scheme: 'sips' }, published.sip_etag);
    expect(record === 'not_found' ? record : textOf(record)).to.equal('data1');
  });

  it('clear removes all that a service has stored', async () => {
    const { client, server } = await pair(['', '']);
    const { sip_etag } = granted(await uac.publish(client, uriOf(server, 'udp'), { event: 'nkpublish', expires: 5, body: 'data1' }));
    expect(await clear(server)).to.equal('ok');
    expect(await stored(server, sip_etag)).to.equal('not_found');
  });
});

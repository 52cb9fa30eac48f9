import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '@nksip-ts/core';
import { clear } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { ResponseText } from '../kit/received-text.ts';
import type { Peer } from './peers.ts';
import { closeAll, overStream, overUdp, overWebSocket, running } from './running.ts';

// What real clients sent (baresip 1.0.0, SIP.js 0.21.2), recorded beside the project: one file a request, in the order of their numbers.
const folder = join(import.meta.dirname, '../../../shared/captures');

interface Scenario {
  /** What the service is told, so that the client sees what it saw then. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The server lost what it had before the first request with a tag came. */
  readonly forgets?: boolean;
  /** Answers to the PUBLISHes, in order. */
  readonly codes: readonly number[];
  /** Seconds in the Expires of each 200. */
  readonly expires?: readonly number[];
}

// Where there are credentials the first request of each two has none: nobody asks for them here, so each is carried out, and the
// removal that comes again with credentials finds nothing (RFC 3903 6(3)).
const scenarios: Readonly<Record<string, Scenario>> = {
  'baresip-1.0.0-udp': { codes: [200, 200, 200, 200], expires: [60, 60, 60, 0] },
  'baresip-1.0.0-tcp': { codes: [200, 200, 200], expires: [60, 60, 0] },
  'baresip-1.0.0-udp-412': { forgets: true, codes: [200, 200, 412, 200, 200] },
  'baresip-1.0.0-udp-423': { options: { sip_event_compositor_min_expires: 90, sip_event_compositor_default_expires: 90 }, codes: [423] },
  'baresip-1.0.0-udp-489': { options: { sip_events: 'dialog' }, codes: [489] },
  'baresip-1.0.0-udp-auth401': { codes: [200, 200, 200, 412] },
  'baresip-1.0.0-udp-shorten': { options: { sip_event_compositor_max_expires: 12 }, codes: [200, 200, 200, 200], expires: [12, 12, 12, 0] },
  'sipjs-0.21.2-ws': { codes: [200, 200, 200], expires: [60, 60, 0] },
  'sipjs-0.21.2-ws-412': { forgets: true, codes: [200, 412, 200, 200] },
  'sipjs-0.21.2-ws-423': { options: { sip_event_compositor_min_expires: 90, sip_event_compositor_default_expires: 90 }, codes: [423, 200, 200, 200], expires: [120, 120, 0] },
  'sipjs-0.21.2-ws-auth': { codes: [200, 200, 200, 200, 200, 412] },
  'sipjs-0.21.2-ws-shorten': { options: { sip_event_compositor_max_expires: 12 }, codes: [200, 200, 200, 200], expires: [12, 12, 12, 0] },
};

/** Sends a text the way its client did. */
async function senderFor(service: Service): Promise<(transport: string, text: string) => Promise<ResponseText>> {
  const peers = new Map<string, Peer>([['udp', await overUdp(service)], ['tcp', await overStream(service)], ['ws', await overWebSocket(service)]]);
  return (transport, text) => {
    const peer = peers.get(transport);
    if (peer === undefined) throw new Error(`no peer over ${transport}`);
    return peer.ask(text);
  };
}

describe('the requests that real clients sent', () => {
  afterEach(closeAll);

  if (!existsSync(folder)) {
    it('are answered as RFC 3903 says', function () {
      console.log('    skipped: no recordings beside the project (../shared/captures)');
      this.skip();
    });
    return;
  }

  const files = readdirSync(folder).filter((name) => name.endsWith('.txt')).sort();
  it('all have a scenario here', () => {
    expect(new Set(files.map((name) => name.replace(/\.\d{3}\.in\..*$/, '')))).to.deep.equal(new Set(Object.keys(scenarios)));
  });

  for (const etag of ['keep', 'renew'] as const) {
    for (const [name, { options, forgets = false, codes, expires }] of Object.entries(scenarios)) {
      it(`${name}: are answered as RFC 3903 says (tags: ${etag})`, async () => {
        const service = await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_event_compositor_etag: etag, sip_listen: 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws', ...options });
        const send = await senderFor(service);
        const answered: ResponseText[] = [];
        let [tag, remembers] = ['', true];
        for (const file of files.filter((one) => one.replace(/\.\d{3}\.in\..*$/, '') === name)) {
          const [, transport = '', method = ''] = /\.in\.(\w+)\.(\w+)\.txt$/.exec(file) ?? [];
          const text = readFileSync(join(folder, file), 'latin1');
          if (forgets && remembers && text.includes('SIP-If-Match:')) {
            remembers = false;
            await clear(service);
          }
          const reply = await send(transport, text.replace(/^(SIP-If-Match:) .*$/m, `$1 ${tag}`));
          if (method === 'PUBLISH') {
            answered.push(reply);
            tag = reply.all('SIP-ETag')[0] ?? tag;
          } else {
            expect([reply.code, ...reply.all('Allow')], file).to.deep.equal([405, 'OPTIONS, PUBLISH']);
          }
        }
        expect(answered.map(({ code }) => code)).to.deep.equal(codes);
        const good = answered.filter(({ code }) => code === 200);
        for (const reply of good) expect([reply.all('SIP-ETag').length, reply.all('Expires').length]).to.deep.equal([1, 1]);
        if (expires !== undefined) expect(good.map((reply) => Number(reply.all('Expires')[0]))).to.deep.equal(expires);
        for (const reply of answered.filter(({ code }) => code === 423)) expect(reply.all('Min-Expires')).to.deep.equal(['90']);
        for (const reply of answered.filter(({ code }) => code === 489)) expect(reply.all('Allow-Events')).to.deep.equal(['dialog']);
        for (const reply of answered.filter(({ code }) => code >= 300)) expect(reply.all('SIP-ETag')).to.deep.equal([]);
      });
    }
  }

  it('are answered to the byte: what is copied is what they sent, and rport is theirs', async () => {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0' });
    const peer = await overUdp(service);
    const text = readFileSync(join(folder, 'baresip-1.0.0-udp.003.in.udp.PUBLISH.txt'), 'latin1');
    const lines = new ResponseText(text.replace(/^.*\r\n/, 'SIP/2.0 200 -\r\n'));
    const response = await peer.ask(text);
    for (const name of ['From', 'Call-ID', 'CSeq']) expect(response.one(name)).to.equal(lines.one(name));
    expect(response.one('Via')).to.equal(`${lines.one('Via')}=${peer.port};received=127.0.0.1`);
    expect(response.one('To')).to.equal(`${lines.one('To')};tag=${response.toTag}`);
  });
});

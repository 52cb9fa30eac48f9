import { NksipError, type MaybePromise, type Service, type ServiceFault } from '@nksip-ts/core';
import { find, RamStore, storeCallback, textOf, type StoreCallback, type StoreOp, type StoreReply } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';
import type { ResponseText } from '../kit/received-text.ts';
import type { UdpPeer } from './peers.ts';
import { closeAll, later, overUdp, running } from './running.ts';

type Ask = (op: StoreOp, inRam: () => MaybePromise<StoreReply>) => unknown;

interface Bench {
  readonly service: Service;
  readonly peer: UdpPeer;
  readonly faults: readonly ServiceFault[];
  /** A PUBLISH of alice's with a Via that leads back. */
  publish(parts?: Parameters<typeof publishText>[0]): string;
  /** What is stored under the tag, asked of the store itself. */
  stored(tag: string): Promise<string>;
  /** What the store does from now on. */
  behave(ask: Ask): void;
}

/** A service whose own callback is the store: a RAM store that does what the test wants of it. */
async function bench(options: Readonly<Record<string, unknown>> = {}): Promise<Bench> {
  const ram = new RamStore();
  later(() => ram.close());
  const store = storeCallback(ram);
  let ask: Ask = (_op, inRam) => inRam();
  const callback = (op: StoreOp, srvId: string): unknown => ask(op, () => store(op, srvId) as MaybePromise<StoreReply>);
  const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0;transport=udp', ...options }, {
    sip_event_compositor_store: callback as StoreCallback,
  });
  const faults: ServiceFault[] = [];
  service.events.on('error', (fault) => { faults.push(fault); });
  const peer = await overUdp(service);
  return {
    service, peer, faults,
    publish: (parts) => publishText({ port: peer.port, ...parts }),
    stored: async (tag) => {
      const found = await store({ type: 'get', aor: { scheme: 'sip', user: 'alice', domain: 'example.com' }, tag }, service.id);
      return typeof found === 'object' && 'data' in found ? textOf(found) : String(found);
    },
    behave: (next) => { ask = next; },
  };
}

/** In a step of its own, and the first ones last. */
function slowly<T>(value: () => T, steps: number): Promise<T> {
  return new Promise((resolve) => {
    const wait = (left: number): void => { if (left === 0) resolve(value()); else setImmediate(wait, left - 1); };
    wait(steps);
  });
}

async function several(peer: UdpPeer, count: number): Promise<readonly ResponseText[]> {
  const responses: ResponseText[] = [];
  while (responses.length < count) responses.push(await peer.next());
  return responses;
}

describe('a service with a store of its own, over UDP', () => {
  afterEach(closeAll);

  it("the service's own callback is asked before the plugin's, and what find gives comes from it", async () => {
    const { service, peer, publish } = await bench();
    expect(service.chain('sip_event_compositor_store')).to.deep.equal([service.id, 'event-compositor']);
    const response = await peer.ask(publish({ expires: 60, body: 'data1' }));
    expect(response.code).to.equal(200);
    const record = await find(service, 'sip:alice@example.com', response.one('SIP-ETag'));
    expect(record === 'not_found' ? record : textOf(record)).to.equal('data1');
  });

  for (const etag of ['keep', 'renew'] as const) {
    it(`A27 a burst of 20 modifications of one tag reaches an async store one after the other, in the order of arrival (tags: ${etag})`, async () => {
      const { peer, publish, stored, behave } = await bench({ sip_event_compositor_etag: etag });
      const initial = await peer.ask(publish({ expires: 60, body: 'body 0' }));
      const tag = initial.one('SIP-ETag');
      const puts: string[] = [];
      let [underWay, most] = [0, 0];
      behave(async (op, inRam) => {
        most = Math.max(most, ++underWay);
        if (op.type === 'put') puts.push(textOf(op.record));
        // The earlier ones take longer: without a turn for each they would be overtaken.
        const reply = await slowly(inRam, op.type === 'put' ? 20 - puts.length : 3);
        underWay--;
        return reply;
      });
      for (let i = 1; i <= 20; i++) peer.send(publish({ callId: `burst-${etag}`, cseq: `${i} PUBLISH`, expires: 60, etag: tag, body: `body ${i}` }));
      const responses = await several(peer, 20);
      expect(most, 'one at a time').to.equal(1);
      expect(responses.map((response) => Number.parseInt(response.one('CSeq')))).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
      const codes = responses.map(({ code }) => code);
      if (etag === 'keep') {
        expect(codes).to.deep.equal(Array<number>(20).fill(200));
        expect(puts).to.deep.equal(Array.from({ length: 20 }, (_, i) => `body ${i + 1}`));
        expect(await stored(tag)).to.equal('body 20');
      } else {
        // RFC 3903 6(6): the first one that comes renews the tag, and those behind it come too late.
        expect(codes).to.deep.equal([200, ...Array<number>(19).fill(412)]);
        expect(await stored(responses[0]?.one('SIP-ETag') ?? '')).to.equal('body 1');
      }
    });
  }

  const failures: readonly (readonly [string, Ask, number, string, string | undefined])[] = [
    ['throws', () => { throw new Error('down'); }, 500, 'Service Error', undefined],
    ['rejects', () => Promise.reject(new Error('down')), 500, 'Service Error', undefined],
    ['says store_unavailable', () => { throw new NksipError('store_unavailable', { retry_after: 17 }); }, 503, 'Service Unavailable', '17'],
    ['rejects with store_unavailable and no time', () => Promise.reject(new NksipError('store_unavailable')), 503, 'Service Unavailable', '5'],
    ['answers undefined', () => undefined, 500, 'Callback Invalid Response', undefined],
    ['answers nonsense later', () => Promise.resolve('okay'), 500, 'Callback Invalid Response', undefined],
    ['answers a record that is none', () => ({ data: 'text', event: 'nkpublish', expires: 1 }), 500, 'Callback Invalid Response', undefined],
  ];

  for (const [how, fail, code, reason, retryAfter] of failures) {
    it(`A22 a store that ${how}: ${code} "${reason}", nothing stored is lost, and it goes on when the store is back`, async () => {
      const { service, peer, publish, stored, behave, faults } = await bench();
      const tag = (await peer.ask(publish({ expires: 60, body: 'kept' }))).one('SIP-ETag');
      behave(fail);
      const attempts = [publish({ expires: 60, body: 'new' }), publish({ etag: tag, expires: 60 }), publish({ etag: tag, expires: 60, body: 'changed' }), publish({ etag: tag, expires: 0 })];
      for (const attempt of attempts) {
        const response = await peer.ask(attempt);
        expect([response.code, response.reason]).to.deep.equal([code, reason]);
        expect(response.all('Retry-After')).to.deep.equal(retryAfter === undefined ? [] : [retryAfter]);
        expect(response.all('SIP-ETag')).to.deep.equal([]);
      }
      expect(faults.length).to.equal(4);
      for (const fault of faults) expect([fault.service, fault.callback]).to.deep.equal([service.id, 'sip_event_compositor_store']);
      behave((_op, inRam) => inRam());
      expect(await stored(tag)).to.equal('kept');
      expect((await peer.ask(publish({ etag: tag, expires: 60, body: 'changed' }))).code).to.equal(200);
      expect(await stored(tag)).to.equal('changed');
    });
  }

  for (const op of ['put', 'del'] as const) {
    it(`A22 a store that fails at '${op}' only: 500, and what was stored is as it was`, async () => {
      const { peer, publish, stored, behave } = await bench();
      const tag = (await peer.ask(publish({ expires: 60, body: 'kept' }))).one('SIP-ETag');
      behave((asked, inRam) => { if (asked.type === op) throw new Error('down'); return inRam(); });
      const response = await peer.ask(op === 'put' ? publish({ etag: tag, expires: 60, body: 'changed' }) : publish({ etag: tag, expires: 0 }));
      expect(response.code).to.equal(500);
      expect(await stored(tag)).to.equal('kept');
    });
  }

  it('A22 a store that hangs: 500 after its timeout, those behind it go on, and its late answer is ignored', async () => {
    const { peer, publish, stored, behave, faults } = await bench({ sip_event_compositor_store_timeout: 1 });
    const tag = (await peer.ask(publish({ expires: 60, body: 'kept' }))).one('SIP-ETag');
    let answerLate: (reply: unknown) => void = () => undefined;
    const hanging = publish({ etag: tag, expires: 60, body: 'lost' });
    behave((op, inRam) => {
      if (op.type !== 'get') return inRam();
      behave((_op, ram) => ram());
      return new Promise((resolve) => { answerLate = resolve; });
    });
    peer.send(hanging);
    peer.send(publish({ etag: tag, expires: 60, body: 'behind' }));
    const [first, second] = await several(peer, 2);
    expect([first?.code, first?.reason]).to.deep.equal([500, 'Store Timeout']);
    expect(second?.code).to.equal(200);
    expect(faults.map(({ error }) => error.code)).to.deep.equal(['timeout']);
    answerLate('not_found');
    expect((await peer.ask(hanging)).text, 'a retransmission gets the same again').to.equal(first?.text);
    expect(await stored(tag)).to.equal('behind');
  });

  it('A22 the store continues to the built-in one: nothing is different', async () => {
    const { service, peer, publish, behave } = await bench();
    behave(() => 'continue');
    const tag = (await peer.ask(publish({ expires: 60, body: 'in RAM' }))).one('SIP-ETag');
    const record = await find(service, 'sip:alice@example.com', tag);
    expect(record === 'not_found' ? record : textOf(record)).to.equal('in RAM');
    expect((await peer.ask(publish({ etag: tag, expires: 0 }))).code).to.equal(200);
  });
});

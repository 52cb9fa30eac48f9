import type { Service } from '@nksip-ts/core';
import { update } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { SourceRates } from '../../packages/core/src/uas/source-rates.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';

const accepting = { sip_publish: () => ['reply', 'ok'] };

describe('the rate of requests from one source', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ toFake: ['performance', 'Date'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  async function codes(service: Service, count: number, address = '192.0.2.1', method = 'PUBLISH'): Promise<(number | undefined)[]> {
    const answers = [];
    for (let i = 0; i < count; i++) answers.push(await service.inject(requestText({ method }), { address }));
    return answers.map((answer) => answer?.code);
  }

  it('A40 D30 beyond the burst it is 503 with Retry-After until time gives tokens back; other sources are not concerned', async () => {
    const service = await running({ sip_max_request_rate: 2, sip_max_request_burst: 3 }, accepting);
    expect(await codes(service, 4)).to.deep.equal([200, 200, 200, 503]);
    expect((await service.inject(publishText(), { address: '192.0.2.1' }))?.header('Retry-After')).to.deep.equal(['5']);
    expect(await codes(service, 3, '192.0.2.2')).to.deep.equal([200, 200, 200]);
    clock.tick(499);
    expect(await codes(service, 1)).to.deep.equal([503]);
    clock.tick(1);
    expect(await codes(service, 2)).to.deep.equal([200, 503]);
    clock.tick(60_000);
    expect(await codes(service, 4), 'a bucket holds no more than the burst').to.deep.equal([200, 200, 200, 503]);
  });

  it('A40 RFC 3261 21.5.4 a source that does not stop gets as many refusals as it may send requests, and then no answer', async () => {
    const service = await running({ sip_max_request_rate: 2, sip_max_request_burst: 3 }, accepting);
    expect(await codes(service, 8)).to.deep.equal([200, 200, 200, 503, 503, 503, undefined, undefined]);
    clock.tick(500);
    expect(await codes(service, 3)).to.deep.equal([200, 503, undefined]);
    expect(await codes(service, 1, '192.0.2.2'), 'another source').to.deep.equal([200]);
  });

  it('A40 a retransmission is answered as before, and takes no token', async () => {
    const service = await running({ sip_max_request_rate: 1, sip_max_request_burst: 2 }, accepting);
    const text = publishText();
    for (let i = 0; i < 5; i++) expect((await service.inject(text))?.code).to.equal(200);
    expect((await service.inject(publishText()))?.code).to.equal(200);
    expect((await service.inject(publishText()))?.code).to.equal(503);
    expect((await service.inject(text))?.code).to.equal(200);
  });

  it('D30 OPTIONS are answered when others are refused, within a reserve of their own', async () => {
    const service = await running({ sip_max_request_rate: 1, sip_max_request_burst: 1 }, accepting);
    expect(await codes(service, 2)).to.deep.equal([200, 503]);
    const options = await codes(service, 101, '192.0.2.1', 'OPTIONS');
    expect(options.slice(0, 100).every((code) => code === 200)).to.equal(true);
    expect(options[100]).not.to.equal(200);
  });

  it('A40 is off unless it is asked for, and can be changed while the service runs', async () => {
    const service = await running({}, accepting);
    expect(new Set(await codes(service, 500))).to.deep.equal(new Set([200]));
    await update(service, { sip_max_request_rate: 1, sip_max_request_burst: 1 });
    expect(await codes(service, 2)).to.deep.equal([200, 503]);
    await update(service, { sip_max_request_rate: 0 });
    expect(await codes(service, 2)).to.deep.equal([200, 200]);
  });

  /** How many of these get an answer, all at one instant. */
  async function answered(service: Service, texts: Iterable<string>, address = '192.0.2.1'): Promise<number> {
    let count = 0;
    for (const text of texts) if (await service.inject(text, { address }) !== undefined) count++;
    return count;
  }

  function* many(make: () => string): Iterable<string> {
    for (let i = 0; i < 5000; i++) yield make();
  }

  const strange: Readonly<Record<string, () => string>> = {
    'malformed requests': () => requestText({ cseq: 'many PUBLISH' }),
    'malformed OPTIONS': () => requestText({ method: 'OPTIONS', cseq: 'many OPTIONS' }),
    'requests of another version': () => requestText({ version: 'SIP/3.0' }),
    'requests that cannot be read': () => requestText({ headers: ['X: a bare \r in it'] }),
    'requests with too long a URI': () => requestText({ uri: `sip:${'a'.repeat(3000)}@example.com` }),
    'CANCELs of nothing': () => requestText({ method: 'CANCEL' }),
  };
  for (const [name, make] of Object.entries(strange)) {
    it(`sip_max_request_rate is taken from ${name}: of 5,000 no more are answered than the burst, and a second later the rate`, async () => {
      const service = await running({ sip_max_request_rate: 20 }, accepting);
      expect(await answered(service, many(make))).to.equal(100);
      clock.tick(1000);
      expect(await answered(service, many(make))).to.equal(20);
      expect(await codes(service, 1), 'the same source is told to wait').to.deep.equal([503]);
      expect(await codes(service, 1, '192.0.2.2'), 'another source').to.deep.equal([200]);
    });
  }

  it('sip_max_request_rate is taken from CANCELs of one request, and from requests that come on many ways', async () => {
    const service = await running({ sip_max_request_rate: 20 }, accepting);
    const parts = { callId: 'one', branch: 'one' };
    await service.inject(requestText(parts), { address: '192.0.2.9' });
    const cancel = requestText({ ...parts, method: 'CANCEL', cseq: '1 CANCEL' });
    expect((await service.inject(cancel, { address: '192.0.2.8' }))?.code).to.equal(200);
    expect(await answered(service, many(() => cancel))).to.equal(100);
    expect(await answered(service, many(() => requestText({ callId: 'one' })), '192.0.2.2'), 'and as many times 503').to.equal(200);
  });

  it('sip_max_request_rate takes nothing for what gets no answer', async () => {
    const service = await running({ sip_max_request_rate: 20, sip_max_request_burst: 1 }, accepting);
    const silent = [requestText({ method: 'ACK' }), requestText({ method: 'ACK', cseq: 'many ACK' }), requestText({ via: [] }), 'rubbish', 'SIP/2.0 200 OK\r\n\r\n'];
    expect(await answered(service, silent)).to.equal(0);
    expect(await codes(service, 2)).to.deep.equal([200, 503]);
  });

  it('sip_max_request_rate bounds repetitions, too: RFC 3261 17.1.2.2 ten for each request', async () => {
    const service = await running({ sip_max_request_rate: 20 }, accepting);
    const text = publishText();
    expect(await answered(service, many(() => text))).to.equal(1001);
    clock.tick(1000);
    expect(await answered(service, many(() => text))).to.equal(200);
    expect(await codes(service, 1)).to.deep.equal([200]);
  });

  it('sip_trusted_proxies are no one source: they have no rate, whether named or in a network, until an update takes them off the list', async () => {
    const service = await running({ sip_max_request_rate: 1, sip_max_request_burst: 1, sip_trusted_proxies: '192.0.2.1, 198.51.100.0/24, 2001:db8::/32' }, accepting);
    for (const address of ['192.0.2.1', '198.51.100.7', '2001:db8::1', '::ffff:192.0.2.1']) {
      expect(await codes(service, 3, address), address).to.deep.equal([200, 200, 200]);
      expect(await answered(service, [1, 2, 3].map(() => requestText({ method: 'CANCEL' })), address), address).to.equal(3);
    }
    expect(await codes(service, 2, '192.0.2.2')).to.deep.equal([200, 503]);
    await update(service, { sip_trusted_proxies: ['198.51.100.7'] });
    expect(await codes(service, 2, '192.0.2.1')).to.deep.equal([200, 503]);
    expect(await codes(service, 2, '198.51.100.7')).to.deep.equal([200, 200]);
  });

  it('A40 one IPv6 source is a /64, however its addresses are spelt', async () => {
    const service = await running({ sip_max_request_rate: 1, sip_max_request_burst: 1 }, accepting);
    for (const [address, code] of [['2001:db8::1', 200], ['2001:db8:0:0:ffff::2', 503], ['2001:db8:0:1::1', 200], ['::1', 200], ['::2', 503], ['fe80::1%eth0', 200], ['fe80::2%eth0', 503]] as const) {
      expect(await codes(service, 1, address), address).to.deep.equal([code]);
    }
  });

  it('sip_max_request_rate: whatever the clock shows, a source has its burst, and one more after each interval', () => {
    const wrong: string[] = [];
    for (const perSecond of [1, 3, 7, 20, 30, 1000]) {
      for (const burst of [1, 2, 10, 100]) {
        for (let i = 1; i <= 300; i++) {
          // Up to 115 days.
          let now = 1e10 * (i * 0.618034 % 1);
          const rates = new SourceRates(() => now);
          const taken = (): number => {
            let count = 0;
            while (count <= burst && rates.take({ perSecond, burst }, '192.0.2.1')) count++;
            return count;
          };
          const atOnce = taken();
          now += 1000 / perSecond;
          const later = taken();
          if (atOnce !== burst || later !== 1) wrong.push(`${perSecond}/s, ${burst} at once, at ${now}: ${atOnce}, then ${later}`);
        }
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it('sip_max_request_rate: a new rate or burst counts at once, also for sources that were busy before', () => {
    const rates = new SourceRates(() => 1000);
    const taken = (rate: { readonly perSecond: number; readonly burst: number }): number => {
      let count = 0;
      while (rates.take(rate, '192.0.2.1')) count++;
      return count;
    };
    for (const rate of [{ perSecond: 1, burst: 100 }, { perSecond: 1000, burst: 100 }, { perSecond: 1, burst: 1000 }, { perSecond: 1, burst: 10 }]) {
      expect(taken(rate)).to.equal(rate.burst);
      expect(taken(rate)).to.equal(0);
    }
  });

  it('D61 remembers a bounded number of sources, and forgets the one known longest', () => {
    const rates = new SourceRates(() => 0);
    const one = { perSecond: 1, burst: 1 };
    for (let i = 0; i < 100_000; i++) rates.take(one, `source-${i}`);
    expect(rates.take(one, 'source-0')).to.equal(false);
    expect(rates.take(one, 'one more')).to.equal(true);
    expect(rates.take(one, 'source-1'), 'it is still known').to.equal(false);
    expect(rates.take(one, 'source-0'), 'it was forgotten').to.equal(true);
  });
});

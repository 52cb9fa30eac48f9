import type { Service } from '@nksip-ts/core';
import { update } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { SourceRates } from '../../packages/core/src/uas/source-rates.ts';
import { publishText, requestText } from '../wire/request-text.ts';
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

  it('A40 one IPv6 source is a /64, however its addresses are spelt', async () => {
    const service = await running({ sip_max_request_rate: 1, sip_max_request_burst: 1 }, accepting);
    for (const [address, code] of [['2001:db8::1', 200], ['2001:db8:0:0:ffff::2', 503], ['2001:db8:0:1::1', 200], ['::1', 200], ['::2', 503], ['fe80::1%eth0', 200], ['fe80::2%eth0', 503]] as const) {
      expect(await codes(service, 1, address), address).to.deep.equal([code]);
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

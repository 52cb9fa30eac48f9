import { drain, list, uac, update } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon from 'sinon';
import { publishText, requestText } from '../kit/request-text.ts';
import type { Peer } from '../wire/peers.ts';
import { closeAll, overStream, overUdp, portOf, running } from '../wire/running.ts';
import { faultOf } from './faults.ts';

function publishBy(peer: Peer): string {
  return publishText({ port: peer.port });
}

/** A service whose PUBLISHes wait until they are told how they end. */
async function busy(options: Readonly<Record<string, unknown>> = {}) {
  let begun: () => void = () => undefined;
  let finish: (reply: unknown) => void = () => undefined;
  const isBusy = new Promise<void>((resolve) => { begun = resolve; });
  const service = await running({ sip_listen: 'sip:127.0.0.1:0', ...options }, {
    sip_publish: () => new Promise((resolve) => { finish = resolve; begun(); }),
  });
  return { service, isBusy, finish: () => { finish(['reply', 'ok']); } };
}

describe('draining a service', () => {
  afterEach(closeAll);
  afterEach(() => sinon.restore());

  it('finishes what is under way, over UDP and TCP, and then stops', async () => {
    for (const over of [overUdp, overStream]) {
      const { service, isBusy, finish } = await busy();
      const peer = await over(service);
      peer.send(publishBy(peer));
      await isBusy;
      const drained = service.drain();
      expect(list()).to.include(service.id);
      finish();
      expect((await peer.next()).code).to.equal(200);
      expect(await drained).to.equal('ok');
      expect(list()).not.to.include(service.id);
    }
  });

  it('RFC 3261 21.5.4 answers what is new with 503 and Retry-After, OPTIONS too, so that a probe sees it', async () => {
    const { service, isBusy, finish } = await busy();
    const peer = await overUdp(service);
    peer.send(publishBy(peer));
    await isBusy;
    const drained = drain(service.id);
    await Promise.resolve();
    for (const method of ['PUBLISH', 'OPTIONS']) {
      const refused = await peer.ask(requestText({ method, port: peer.port }));
      expect([refused.code, refused.one('Retry-After')]).to.deep.equal([503, '5']);
    }
    finish();
    expect((await peer.next()).code).to.equal(200);
    expect(await drained).to.equal('ok');
  });

  it('answers requests that were read and wait for their turn', async () => {
    let drained: Promise<string> | undefined;
    const service = await running({ sip_listen: 'sip:127.0.0.1:0' }, {
      sip_publish: () => { drained ??= service.drain(); return ['reply', 'ok']; },
    });
    const peer = await overStream(service);
    // The time of a turn is over after some requests, then.
    let now = performance.now();
    sinon.stub(performance, 'now').callsFake(() => now++);
    peer.send(Array.from({ length: 60 }, () => publishBy(peer)).join(''));
    await peer.closed;
    expect(await drained).to.equal('ok');
    const codes = peer.inbox.waiting.map((text) => text.slice('SIP/2.0 '.length, 'SIP/2.0 200'.length));
    expect(codes).to.deep.equal(['200', ...Array<string>(59).fill('503')]);
  });

  it('takes no more connections; those that are there are served until the end', async () => {
    const { service, isBusy, finish } = await busy();
    const peer = await overStream(service);
    peer.send(publishBy(peer));
    await isBusy;
    const drained = service.drain();
    await Promise.resolve();
    expect(await overStream(service).then(() => 'connected', String)).to.include('ECONNREFUSED');
    expect((await peer.ask(requestText({ method: 'OPTIONS' }))).code).to.equal(503);
    finish();
    expect((await peer.next()).code).to.equal(200);
    await peer.closed;
    expect(await drained).to.equal('ok');
  });

  it('waits for requests of its own', async () => {
    const { service: server, isBusy, finish } = await busy();
    const client = await running();
    const sent = uac.publish(client, `sip:127.0.0.1:${portOf(server, 'udp')}`, { event: 'nkpublish', body: 'x' });
    await isBusy;
    const drained = client.drain();
    finish();
    expect((await sent).code).to.equal(200);
    expect(await drained).to.equal('ok');
  });

  it('gives up after sip_drain_timeout, and says so', async () => {
    const { service, isBusy } = await busy({ sip_drain_timeout: 3 });
    const peer = await overUdp(service);
    peer.send(publishBy(peer));
    await isBusy;
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const drained = service.drain();
      await clock.tickAsync(2999);
      expect(list()).to.include(service.id);
      await clock.tickAsync(1);
      expect(await drained).to.equal('timeout');
      expect(list()).not.to.include(service.id);
    } finally {
      clock.restore();
    }
  });

  it('ends at once where nothing is under way, and may be asked several times', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0' });
    expect(await Promise.all([service.drain(), service.drain(), drain(service)])).to.deep.equal(['ok', 'ok', 'ok']);
    expect((await faultOf(drain(service))).code).to.equal('service_not_found');
  });

  it('a stop in between cuts off what is under way', async () => {
    const { service, isBusy } = await busy();
    const peer = await overUdp(service);
    peer.send(publishBy(peer));
    await isBusy;
    const drained = service.drain();
    expect(await service.stop()).to.equal('ok');
    expect(await drained).to.equal('timeout');
  });

  it('changes nothing any more', async () => {
    const { service, isBusy, finish } = await busy();
    const peer = await overUdp(service);
    peer.send(publishBy(peer));
    await isBusy;
    const drained = service.drain();
    expect((await faultOf(update(service, { sip_no_100: true }))).code).to.equal('service_not_found');
    finish();
    await drained;
  });
});

import { NksipError } from '@nksip-ts/core';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { faultOf } from '../kit/caught.ts';
import { granting, Scene, type Asked, type Script, type Scripted } from './scripted-service.ts';

const uri = 'sip:alice@example.com';
const lamp = { event: 'presence', body: 'lit', expires: 100 };

/** A server that answers when a test says so. */
class Slow {
  readonly waiting: ((answer: Scripted) => void)[] = [];
  readonly script: Script = () => new Promise((resolve) => { this.waiting.push(resolve); });

  answer(answer: Scripted): void {
    this.waiting.shift()?.(answer);
  }
}

const ok = (tag: string, expires = 100): Scripted => ({ code: 200, headers: { 'SIP-ETag': tag, 'Expires': String(expires) } });
const sentBy = (scene: Scene): readonly unknown[] => scene.asked.map(({ options: { body, sip_if_match: tag, expires } }) => [body, tag, expires]);

describe('What is kept alive, one request at a time', () => {
  let clock: SinonFakeTimers;
  let scene: Scene;

  beforeEach(() => { clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }); });
  afterEach(() => {
    scene.auto.close();
    expect(clock.countTimers()).to.equal(0);
    clock.restore();
  });

  it('B01 five changes in a millisecond are one request, with the newest body and the tag of the answer before', async () => {
    const slow = new Slow();
    scene = new Scene(slow.script);
    const started = scene.auto.startPublish('lamp', uri, lamp);
    await clock.tickAsync(0);
    const changes = ['one', 'two', 'three', 'four', 'five'].map((body) => scene.auto.changePublish('lamp', body));
    await clock.tickAsync(5000);
    expect(scene.asked).to.have.length(1);
    slow.answer(ok('first'));
    await clock.tickAsync(0);
    expect((await started).sip_etag).to.equal('first');
    expect(sentBy(scene)).to.deep.equal([['lit', undefined, 100], ['five', 'first', 100]]);
    slow.answer(ok('second'));
    for (const change of changes) expect(await change).to.deep.include({ ok: true, sip_etag: 'second' });
    await clock.tickAsync(80_000);
    expect(scene.asked).to.have.length(2);
  });

  it('B06 a change is sent with its tag, not sooner than a second after the last request, and refreshed then without a body', async () => {
    scene = new Scene(granting(100));
    await Promise.all([scene.auto.startPublish('lamp', uri, lamp), clock.tickAsync(0)]);
    await clock.tickAsync(300);
    const change = scene.auto.changePublish('lamp', 'dark');
    await clock.tickAsync(90_000);
    expect((await change as { ok: boolean }).ok).to.equal(true);
    expect(scene.times).to.deep.equal([0, 1000, 88_500]);
    expect(sentBy(scene)).to.deep.equal([['lit', undefined, 100], ['dark', 'tag1', 100], [undefined, 'tag2', 100]]);
  });

  it('a change waits as long as a server that is down asks, and what is not accepted goes again with the newest body', async () => {
    scene = new Scene((_, count) => count === 2 ? { code: 503, headers: { 'Retry-After': '100' } } : ok(`tag${count}`, 1000));
    await Promise.all([scene.auto.startPublish('lamp', uri, lamp), clock.tickAsync(0)]);
    const first = scene.auto.changePublish('lamp', 'one');
    await clock.tickAsync(2000);
    expect(await first).to.deep.include({ ok: false, state: 'retrying' });
    const second = scene.auto.changePublish('lamp', 'two');
    await clock.tickAsync(120_000);
    expect(await second).to.deep.include({ ok: true });
    expect(scene.times).to.deep.equal([0, 1000, 106_000]);
    expect(sentBy(scene).slice(1)).to.deep.equal([['one', 'tag1', 100], ['two', 'tag1', 100]]);
  });

  it('B07 B27 a stop waits for the request under way, and removes with its new tag, without a body', async () => {
    const slow = new Slow();
    scene = new Scene(slow.script);
    void scene.auto.startPublish('lamp', uri, lamp);
    await clock.tickAsync(0);
    const [stopped, again] = [scene.auto.stopPublish('lamp'), scene.auto.stopPublish('lamp')];
    await clock.tickAsync(5000);
    expect(scene.asked).to.have.length(1);
    slow.answer(ok('first'));
    await clock.tickAsync(0);
    expect(sentBy(scene)).to.deep.equal([['lit', undefined, 100], [undefined, 'first', 0]]);
    slow.answer(ok('first', 0));
    const update = await stopped;
    expect(update).to.deep.include({ ok: false, state: 'ended', expires: 0 }).and.not.to.have.any.keys('sip_etag', 'error');
    expect(await again).to.deep.equal(update);
    expect(await scene.auto.stopPublish('lamp')).to.equal('not_found');
    expect(scene.called.map(([, , is]) => is)).to.deep.equal([true, false]);
  });

  it('B27 a stop between a 412 and what would follow it sends nothing more', async () => {
    const slow = new Slow();
    scene = new Scene(slow.script);
    void scene.auto.startPublish('lamp', uri, { ...lamp, sip_if_match: 'former' });
    await clock.tickAsync(0);
    const stopped = scene.auto.stopPublish('lamp');
    slow.answer({ code: 412 });
    expect(await stopped).to.deep.include({ state: 'ended' }).and.not.to.have.any.keys('result');
    expect(scene.asked).to.have.length(1);
  });

  it('B27 nothing is removed that was never there, or whose time is over', async () => {
    scene = new Scene((_, count) => count === 1 ? ok('tag', 10) : { code: 503, local: 'transport' });
    void scene.auto.startPublish('lamp', uri, lamp);
    void scene.auto.startRegister('phone', uri);
    await clock.tickAsync(15_000);
    const before = scene.asked.length;
    for (const stopped of [await scene.auto.stopPublish('lamp'), await scene.auto.stopRegister('phone')]) expect(stopped).to.deep.include({ state: 'ended' }).and.not.to.have.any.keys('result');
    expect(scene.asked).to.have.length(before);
  });

  it('a removal that is refused is told, and not repeated', async () => {
    scene = new Scene(({ options: { expires } }) => expires === 0 ? { code: 412 } : ok('tag'));
    await Promise.all([scene.auto.startPublish('lamp', uri, lamp), clock.tickAsync(0)]);
    expect((await scene.auto.stopPublish('lamp') as { result: { code: number } }).result.code).to.equal(412);
    await clock.tickAsync(1_000_000);
    expect(scene.asked).to.have.length(2);
  });

  it('RFC 3261 10.2.2 10.2.4 a registration is refreshed with its Call-ID, and unregistered at the end', async () => {
    scene = new Scene(() => ({ code: 200, headers: { Expires: '100' } }));
    const [update] = await Promise.all([scene.auto.startRegister('phone', uri, { reg_id: 1, expires: 600, sip_pass: 'secret' }), clock.tickAsync(0)]);
    expect(update).to.deep.include({ service: 'client', id: 'phone', uri, ok: true, state: 'ok', expires: 100, next: 88 });
    await clock.tickAsync(90_000);
    expect(await scene.auto.stopRegister('phone')).to.deep.include({ state: 'ended' });
    expect(scene.times).to.deep.equal([0, 87_500, 90_000]);
    const callId = scene.asked[0]?.options['call_id'];
    const common = { call_id: callId, reg_id: 1, sip_pass: 'secret' };
    expect(scene.asked.map(({ options }) => options)).to.deep.equal([{ ...common, expires: 600 }, { ...common, expires: 600 }, { ...common, expires: undefined, unregister: true }]);
  });

  it('B15 a redirected registration is for the same address, and removed where it is', async () => {
    scene = new Scene(({ uri: to }) => to === uri ? { code: 301, headers: { Contact: '<sip:192.0.2.1>' } } : { code: 200, headers: { Expires: '100' } });
    await Promise.all([scene.auto.startRegister('phone', uri), clock.tickAsync(0)]);
    await scene.auto.stopRegister('phone');
    expect(scene.asked.map((asked) => [asked.uri, asked.options['to'], asked.options['from'], asked.options['unregister']])).to.deep.equal([
      [uri, undefined, undefined, undefined], ['sip:192.0.2.1', '<sip:alice@example.com>', '<sip:alice@example.com>', undefined],
      [uri, undefined, undefined, true], ['sip:192.0.2.1', '<sip:alice@example.com>', '<sip:alice@example.com>', true],
    ]);
  });

  it('B25 refresh asks every server anew, with the tag, but not the one that said how long to wait', async () => {
    scene = new Scene(({ uri: to }, count) => to === uri ? ok(`tag${count}`, 1000) : { code: 503, headers: { 'Retry-After': '600' } });
    void scene.auto.startPublish('lamp', uri, lamp);
    void scene.auto.startPublish('other', 'sip:down@example.com', lamp);
    await clock.tickAsync(5000);
    scene.auto.refresh();
    await clock.tickAsync(0);
    expect(scene.times).to.deep.equal([0, 0, 5000]);
    expect(scene.each('sip_if_match')).to.deep.equal([undefined, undefined, 'tag1']);
    scene.auto.moves();
    await clock.tickAsync(2000);
    expect(scene.times).to.deep.equal([0, 0, 5000, 6000]);
  });

  it('so many are under way at a time, and the others take their turn; a stop of one that waits does not wait', async () => {
    const slow = new Slow();
    scene = new Scene(slow.script, { sip_uac_auto_max_under_way: 2 });
    for (const id of ['a', 'b', 'c', 'd']) void scene.auto.startPublish(id, `sip:${id}@example.com`, lamp);
    await clock.tickAsync(0);
    expect(scene.asked.map((asked: Asked) => asked.uri)).to.deep.equal(['sip:a@example.com', 'sip:b@example.com']);
    expect(await scene.auto.stopPublish('c')).to.deep.include({ state: 'ended' });
    slow.answer(ok('tag'));
    await clock.tickAsync(0);
    expect(scene.asked.map((asked: Asked) => asked.uri).slice(2)).to.deep.equal(['sip:d@example.com']);
  });

  it('queue_full of the service is a failure that passes; what else cannot be sent is told to whoever asked, or is a fault', async () => {
    let error: NksipError | undefined = new NksipError('queue_full', { what: 'x', limit: 1 });
    scene = new Scene((_, count) => {
      if (error !== undefined) throw error;
      return ok(`tag${count}`);
    });
    const update = scene.auto.startPublish('lamp', uri, lamp);
    await clock.tickAsync(1000);
    error = undefined;
    await clock.tickAsync(1000);
    expect((await update).ok).to.equal(true);
    error = new NksipError('internal', { reason: 'a test' });
    const refused = faultOf(scene.auto.startPublish('second', uri, lamp));
    await clock.tickAsync(0);
    expect(await refused).to.equal(error);
    await clock.tickAsync(100_000);
    expect(scene.faults).to.deep.equal([error]);
    expect(scene.auto.publications()).to.deep.equal([]);
  });

  it('refuses an id that is in use, one too many, and what cannot be kept', async () => {
    scene = new Scene(granting(100), { sip_uac_auto_max_kept: 2 });
    void scene.auto.startPublish('lamp', uri, lamp);
    void scene.auto.startRegister('lamp', uri);
    await clock.tickAsync(0);
    expect((await faultOf(scene.auto.startPublish('other', uri, lamp))).details).to.deep.include({ limit: 2 });
    expect(await scene.auto.stopRegister('none')).to.equal('not_found');
    await scene.auto.stopRegister('lamp');
    expect((await faultOf(scene.auto.startPublish('lamp', uri, lamp))).code).to.equal('uac_auto_id_in_use');
    for (const [option, given] of [['unregister', true], ['unregister_all', true], ['cseq_num', 1], ['contact', false], ['contact', '*'], ['expires', 0]] as const) {
      const fault = await faultOf(scene.auto.startRegister('phone', uri, { [option]: given }));
      expect([fault.code, fault.details['option']]).to.deep.equal(['invalid_option', option]);
    }
    for (const [option, given] of [['expires', 0], ['body', ''], ['body', undefined], ['cseq_num', 7]] as const) {
      const fault = await faultOf(scene.auto.startPublish('other', uri, { ...lamp, [option]: given }));
      expect([fault.code, fault.details['option']]).to.deep.equal(['invalid_option', option]);
    }
    for (const id of ['', 'x'.repeat(201), 7 as unknown as string]) expect((await faultOf(scene.auto.startRegister(id, uri))).code).to.equal('invalid_argument');
    expect((await faultOf(scene.auto.changePublish('lamp', ''))).code).to.equal('invalid_argument');
    expect((await faultOf(scene.auto.startPublish('other', uri, undefined as never))).code).to.equal('invalid_argument');
  });

  it('B07 when the service stops everything is removed, as far as there is time for it', async () => {
    const slow = new Slow();
    scene = new Scene(({ options }, count) => options['expires'] === 0 || options['unregister'] === true ? slow.script({} as Asked, count) : ok(`tag${count}`));
    void scene.auto.startPublish('lamp', uri, lamp);
    void scene.auto.startRegister('phone', uri);
    await clock.tickAsync(0);
    const gone = scene.auto.goodbye('stop');
    await clock.tickAsync(0);
    expect(scene.each('timeout')).to.deep.equal([undefined, undefined, 0.9, 0.9]);
    expect((await faultOf(scene.auto.startRegister('late', uri))).code).to.equal('service_not_found');
    slow.answer(ok('tag', 0));
    await clock.tickAsync(900);
    await gone;
    expect(scene.lines.map(({ message }) => message)).to.deep.equal(['1 registrations or publications could not be removed in time; they expire at their servers.']);
  });

  it('B10 three thousand that began together are refreshed evenly from the first refresh on, and one is a timer', async () => {
    scene = new Scene(granting(1000), {}, Math.random);
    for (let index = 0; index < 3000; index++) void scene.auto.startPublish(String(index), `sip:${index}@example.com`, lamp);
    await clock.tickAsync(0);
    expect([scene.asked.length, clock.countTimers()]).to.deep.equal([3000, 3000]);
    await clock.tickAsync(1_999_999);
    const tenths = Array.from({ length: 20 }, () => 0);
    for (const { at } of scene.asked.slice(3000)) tenths[Math.floor(at / 100_000)]!++;
    // Each of them once in 850 to 900 seconds: so many in 100.
    expect(Math.min(...tenths)).to.be.above(250);
    expect(Math.max(...tenths)).to.be.below(450);
    const last = new Map<string, number>();
    for (const { uri: to, at } of scene.asked) {
      expect(at - (last.get(to) ?? at)).to.be.at.most(900_000);
      last.set(to, at);
    }
  });

  it('B10 what many were told anew at once, or after their server was away, comes evenly too', async () => {
    let isAway = false;
    scene = new Scene((_asked, count) => isAway ? { code: 503 } : ok(`tag${count}`, 1000), {}, Math.random);
    for (let index = 0; index < 1000; index++) void scene.auto.startPublish(String(index), `sip:${index}@example.com`, lamp);
    await clock.tickAsync(950_000);
    const count = async (): Promise<number> => {
      const before = scene.asked.length;
      await clock.tickAsync(100_000);
      return scene.asked.length - before;
    };
    for (let index = 0; index < 1000; index++) void scene.auto.changePublish(String(index), 'dark');
    await clock.tickAsync(2000);
    expect(await count(), 'after new bodies').to.be.within(60, 180);
    isAway = true;
    scene.auto.refresh();
    await clock.tickAsync(1000);
    isAway = false;
    await clock.tickAsync(4000);
    expect(await count(), 'after the server was away').to.be.within(60, 180);
  });
});

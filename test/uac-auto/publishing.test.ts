import type { PublicationUpdate } from '@nksip-ts/uac-auto';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { granting, Scene, type Script, type Scripted } from './scripted-service.ts';

const uri = 'sip:alice@example.com';
const lamp = { event: 'presence', body: 'lit', expires: 100 };

describe('A publication that is kept alive', () => {
  let clock: SinonFakeTimers;
  let scene: Scene;

  beforeEach(() => { clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }); });
  afterEach(() => {
    scene.auto.close();
    expect(clock.countTimers()).to.equal(0);
    clock.restore();
  });

  /** The first request is answered. */
  async function started(script: Script, config: object = {}, options: object = {}, random?: () => number): Promise<PublicationUpdate> {
    scene = new Scene(script, { ...config }, random);
    const update = scene.auto.startPublish('lamp', uri, { ...lamp, ...options });
    await clock.tickAsync(0);
    return await update;
  }

  it('B03 B05 B08 is published with its body, and refreshed with the tag of the last 2xx and no body', async () => {
    const update = await started(granting(100));
    expect([update.ok, update.state, update.sip_etag, update.expires, update.next]).to.deep.equal([true, 'ok', 'tag1', 100, 88]);
    await clock.tickAsync(180_000);
    expect(scene.each('sip_if_match')).to.deep.equal([undefined, 'tag1', 'tag2']);
    expect(scene.each('body')).to.deep.equal(['lit', undefined, undefined]);
    expect(scene.each('expires')).to.deep.equal([100, 100, 100]);
    expect(scene.auto.publications()).to.deep.include.members([{ id: 'lamp', uri, ok: true, state: 'ok', expires: 95, next: 83, sip_etag: 'tag3' }]);
  });

  it('B20 all its requests have one Call-ID; each publication has one of its own', async () => {
    await started(granting(10));
    void scene.auto.startPublish('other', uri, lamp);
    await clock.tickAsync(20_000);
    expect(new Set(scene.each('call_id')).size).to.equal(2);
    expect(scene.each('call_id').every((id) => /^[0-9a-f]{32}$/.test(String(id)))).to.equal(true);
    expect(scene.each('cseq_num').every((number) => number === undefined)).to.equal(true);
  });

  it('B09 is refreshed within what the server grants, not within what was asked', async () => {
    await started(granting(8), {}, { expires: 3600 });
    await clock.tickAsync(7999);
    expect(scene.times).to.deep.equal([0, 7000]);
  });

  it('B10 is refreshed when 85 to 90 % of its time is over, by chance, so that many do not go out together', async () => {
    for (const [random, expected] of [[0, 850_000], [0.999, 899_950]] as const) {
      await started(granting(1000), {}, {}, () => random);
      await clock.tickAsync(950_000);
      expect(scene.times[1]).to.equal(expected);
      scene.auto.close();
    }
  });

  it('B10 a lifetime of one second is refreshed once a second, not faster; one of none is a failure', async () => {
    await started(granting(1));
    await clock.tickAsync(5500);
    expect(scene.times).to.deep.equal([0, 1000, 2000, 3000, 4000, 5000]);
    scene.auto.close();
    await started(granting(0));
    await clock.tickAsync(7000);
    expect(scene.times).to.deep.equal([0, 2000, 6000]);
  });

  it('B26 a refresh is no change of state: the callback is called once, the event tells each response', async () => {
    scene = new Scene(granting(10));
    const told: string[] = [];
    scene.events.on('uac_auto:publication', ({ service, id, state, sip_etag, result }) => { told.push(`${service} ${id} ${state} ${sip_etag} ${result?.code}`); });
    void scene.auto.startPublish('lamp', uri, lamp);
    await clock.tickAsync(20_000);
    expect(scene.called).to.deep.equal([['sip_uac_auto_publish_updated_publish', 'lamp', true, 'client']]);
    expect(told).to.deep.equal(['client lamp ok tag1 200', 'client lamp ok tag2 200', 'client lamp ok tag3 200']);
    expect(scene.lines).to.deep.equal([]);
  });

  it('B04 the tag of a former run is tried first, with the body; after a 412 the state is published anew', async () => {
    const update = await started((_, count) => count === 1 ? { code: 412 } : { code: 200, headers: { 'SIP-ETag': 'new', 'Expires': '100' } }, {}, { sip_if_match: 'former' });
    expect(scene.each('sip_if_match')).to.deep.equal(['former', undefined]);
    expect(scene.each('body')).to.deep.equal(['lit', 'lit']);
    expect([update.ok, update.sip_etag]).to.deep.equal([true, 'new']);
    scene.auto.close();
    expect((await started(granting(100), {}, { sip_if_match: 'former' })).sip_etag).to.equal('tag1');
    expect(scene.each('sip_if_match')).to.deep.equal(['former']);
  });

  it('B11 B23 after a 412 to a refresh the whole state goes at once, without a tag, byte for byte as it was', async () => {
    const body = Uint8Array.from([1, 2, 3]);
    await started((_, count) => count === 2 ? { code: 412 } : { code: 200, headers: { 'SIP-ETag': `tag${count}`, 'Expires': '100' } }, {}, { body });
    body.fill(0);
    await clock.tickAsync(90_000);
    expect(scene.times).to.deep.equal([0, 87_500, 87_500]);
    expect(scene.each('sip_if_match')).to.deep.equal([undefined, 'tag1', undefined]);
    expect(scene.each('body')).to.deep.equal([Uint8Array.from([1, 2, 3]), undefined, Uint8Array.from([1, 2, 3])]);
    expect(scene.called).to.have.length(1);
  });

  it('B12 a server that always says 412 is asked less and less often', async () => {
    await started((_, count) => count === 1 ? { code: 200, headers: { 'SIP-ETag': 'a', 'Expires': '10' } } : { code: 412 });
    await clock.tickAsync(40_000);
    expect(scene.times).to.deep.equal([0, 8750, 8750, 10_750, 14_750, 22_750, 38_750]);
    expect(scene.each('sip_if_match')).to.deep.equal([undefined, 'a', undefined, undefined, undefined, undefined, undefined]);
  });

  it('B13 after a 423 it asks for the time of Min-Expires, at once, and from then on', async () => {
    const update = await started(({ options }) => options['expires'] === 100 ? { code: 423, headers: { 'Min-Expires': '120' } } : { code: 200, headers: { 'SIP-ETag': 'a', 'Expires': '120' } });
    expect([update.ok, update.expires]).to.deep.equal([true, 120]);
    await clock.tickAsync(110_000);
    expect(scene.each('expires')).to.deep.equal([100, 120, 120]);
  });

  it('B13 a server that always says 423 is no loop', async () => {
    await started((_, count) => ({ code: 423, headers: { 'Min-Expires': String(1000 * count) } }));
    await clock.tickAsync(10_000);
    expect(scene.times).to.deep.equal([0, 0, 2000, 2000, 6000, 6000]);
  });

  it('B15 a redirection is followed at once, and is about the same address; the next request goes to the first server again', async () => {
    const update = await started(({ uri: to }, count) => to === uri ? { code: 302, headers: { Contact: '<sip:here@192.0.2.1:5070>' } } : { code: 200, headers: { 'SIP-ETag': `tag${count}`, 'Expires': '100' } });
    await clock.tickAsync(90_000);
    expect(scene.asked.map((asked) => asked.uri)).to.deep.equal([uri, 'sip:here@192.0.2.1:5070', uri, 'sip:here@192.0.2.1:5070']);
    expect(scene.each('to')).to.deep.equal([undefined, '<sip:alice@example.com>', undefined, '<sip:alice@example.com>']);
    expect(update.ok).to.equal(true);
  });

  it('B16 a 503 is followed by a pause as long as Retry-After, or longer each time; the tag is kept', async () => {
    const failures: Readonly<Record<number, Scripted>> = { 2: { code: 503, headers: { 'Retry-After': '20' } }, 3: { code: 503 }, 4: { code: 408, local: 'timeout' }, 5: { code: 503, local: 'transport' } };
    await started((_, count) => failures[count] ?? { code: 200, headers: { 'SIP-ETag': `tag${count}`, 'Expires': '1000' } });
    await clock.tickAsync(960_000);
    // 875 s, then 20 s and half of a tenth, then 4 s, 8 s, 16 s.
    expect(scene.times).to.deep.equal([0, 875_000, 896_000, 900_000, 908_000, 924_000]);
    expect(scene.each('sip_if_match').slice(1)).to.deep.equal(['tag1', 'tag1', 'tag1', 'tag1', 'tag1']);
    expect(scene.each('body').slice(1).every((body) => body === undefined)).to.equal(true);
    expect(scene.called.map(([, , ok]) => ok)).to.deep.equal([true, false, true]);
    expect(scene.lines.map(({ level, message }) => [level, message])).to.deep.equal([['warn', `The publication 'lamp' at ${uri} was not accepted: the response was 503. It is tried again in 21 seconds.`]]);
  });

  it('B16 the pauses double up to the longest one, more or less a quarter; a Retry-After of 0 is no loop, one of years is a day', async () => {
    await started(() => ({ code: 500 }), { sip_uac_auto_retry_time: 3, sip_uac_auto_max_retry_time: 20 });
    await clock.tickAsync(70_000);
    expect(scene.times).to.deep.equal([0, 3000, 9000, 21_000, 41_000, 61_000]);
    scene.auto.close();
    await started(() => ({ code: 503, headers: { 'Retry-After': '0' } }), {}, {}, () => 0);
    await clock.tickAsync(11_000);
    expect(scene.times).to.deep.equal([0, 1500, 4500, 10_500]);
    scene.auto.close();
    await started(() => ({ code: 503, headers: { 'Retry-After': '4294967295' } }));
    await clock.tickAsync(90_000_000);
    expect(scene.times).to.deep.equal([0, 86_400_000]);
  });

  it('B17 what would be refused again is given up and told, with what would have been accepted', async () => {
    scene = new Scene(() => ({ code: 489, headers: { 'Allow-Events': 'presence, dialog' } }));
    const told: PublicationUpdate[] = [];
    scene.events.on('uac_auto:publication', (update) => { told.push(update); });
    const update = scene.auto.startPublish('lamp', uri, lamp);
    await clock.tickAsync(1_000_000);
    const { ok, state, error, result } = await update;
    expect([ok, state, result?.code, error?.code]).to.deep.equal([false, 'ended', 489, 'uac_auto_refused']);
    expect(error?.details).to.deep.equal({ id: 'lamp', uri, code: 489, reason: 'Because', allow_events: ['presence', 'dialog'] });
    expect(told).to.deep.equal([await update]);
    expect(scene.asked).to.have.length(1);
    expect(scene.auto.publications()).to.deep.equal([]);
    expect(scene.called).to.deep.equal([['sip_uac_auto_publish_updated_publish', 'lamp', false, 'client']]);
    expect(await scene.auto.changePublish('lamp', 'dark')).to.equal('not_found');
    expect(scene.lines.map(({ level, message }) => [level, message])).to.deep.equal([['warn', `The publication 'lamp' at ${uri} is given up: the response was 489.`]]);
  });

  it('B22 a 200 without SIP-ETag counts as refused', async () => {
    const update = await started(() => ({ code: 200, headers: { Expires: '60' } }));
    expect([update.ok, update.state, update.error?.details['code']]).to.deep.equal([false, 'ended', 200]);
  });
});

import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { Intake } from '../../packages/core/src/transport/udp/intake.ts';
import { bind, closeAll, portOf, udpClient } from './sockets.ts';

describe('what a UDP socket receives', () => {
  let clock: SinonFakeTimers;

  beforeEach(() => { clock = useFakeTimers({ toFake: ['performance'] }); });
  afterEach(async () => {
    clock.restore();
    await closeAll();
  });

  /** Each that is taken lasts so many milliseconds. */
  function slow(each: number): { intake: Intake; taken: string[] } {
    const taken: string[] = [];
    const intake = new Intake((bytes) => {
      taken.push(bytes.toString());
      clock.tick(each);
    });
    intake.begin(performance.now());
    return { intake, taken };
  }

  const texts = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => String(from + n));

  it('is taken for some milliseconds of a turn; the rest waits for the next ones, in its order, and what comes meanwhile behind it', () => {
    const { intake, taken } = slow(1);
    for (const text of texts(0, 20)) intake.accept(Buffer.from(text), '192.0.2.1', 5060);
    expect(taken).to.deep.equal(texts(0, 9));
    intake.begin(performance.now());
    for (const text of texts(20, 22)) intake.accept(Buffer.from(text), '192.0.2.1', 5060);
    expect(taken).to.deep.equal(texts(0, 9));
    for (let turn = 0; turn < 3; turn++) intake.goOn(performance.now());
    expect(taken).to.deep.equal(texts(0, 22));
    expect(intake.isEmpty).to.equal(true);
  });

  it('is taken at once where that takes no time', () => {
    const { intake, taken } = slow(0);
    for (const text of texts(0, 1000)) intake.accept(Buffer.from(text), '192.0.2.1', 5060);
    expect(taken).to.deep.equal(texts(0, 1000));
  });

  it('is copied where it waits, if it was lent', () => {
    const { intake, taken } = slow(10);
    const lent = Buffer.from('0');
    for (const text of texts(0, 10)) {
      lent.write(text);
      intake.accept(lent, '192.0.2.1', 5060, true);
    }
    lent.write('x');
    for (let turn = 0; turn < 10; turn++) {
      intake.begin(performance.now());
      intake.goOn(performance.now());
    }
    expect(taken).to.deep.equal(texts(0, 10));
  });

  it('waits with no more than a MiB: then the oldest is taken although the time is up, and nothing is lost', () => {
    const { intake, taken } = slow(10);
    const many = 100;
    for (const text of texts(0, many)) intake.accept(Buffer.from(text.padEnd(60_000)), '192.0.2.1', 5060);
    expect(many - taken.length).to.be.within(10, 18);
    for (let turn = 0; turn < many; turn++) {
      intake.begin(performance.now());
      intake.goOn(performance.now());
    }
    expect(taken.map((text) => text.trim())).to.deep.equal(texts(0, many));
  });

  for (const udpBatch of ['auto', false] as const) {
    it(`comes in its order, a few in each turn of the event loop where each is slow (sip_udp_batch ${udpBatch})`, async () => {
      const bench = await bind('sip:127.0.0.1:0;transport=udp', { udpBatch });
      const client = await udpClient();
      const many = 300;
      bench.receiver.onMessage = () => { clock.tick(1); };
      for (const text of texts(0, many)) client.send(`OPTIONS ${text}`, portOf(bench, 'udp'), '127.0.0.1');
      let [before, most] = [0, 0];
      while (bench.receiver.messages.length < many) {
        await setImmediate();
        most = Math.max(most, bench.receiver.messages.length - before);
        before = bench.receiver.messages.length;
      }
      expect(bench.receiver.messages.map(({ bytes }) => Buffer.from(bytes).toString())).to.deep.equal(texts(0, many).map((text) => `OPTIONS ${text}`));
      expect(most).to.be.below(20);
    });
  }
});

import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { watchRecords } from '../../packages/core/src/transport/tls/records.ts';

class Bytes extends EventEmitter {
  bytesRead = 500;
}

describe('TLS records that say nothing', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); });
  afterEach(() => clock.restore());

  /** Seconds in which so many bytes came, and so many of them were of messages: how often the peer was given up. */
  function givenUp(seconds: readonly (readonly [number, number])[]): number {
    const [raw, secure] = [new Bytes(), new Bytes()];
    let times = 0;
    watchRecords(raw, secure, () => times++);
    for (const [came, said] of seconds) {
      raw.bytesRead += came;
      secure.bytesRead += said;
      clock.tick(1000);
    }
    raw.emit('close');
    expect(clock.countTimers()).to.equal(0);
    return times;
  }

  it('D26 are taken as long as they are few, or messages come with them: of one byte each, too', () => {
    expect(givenUp([[0, 0], [100_000, 0], [100_000, 0], [10_000_000, 9_990_000], [2_300_000, 100_000]])).to.equal(0);
  });

  it('D26 end the connection when they are many, whatever came before', () => {
    expect(givenUp([[10_000_000, 9_990_000], [200_000, 0]])).to.equal(1);
    expect(givenUp([[1_000_000, 10]])).to.equal(1);
  });
});

import { expect } from 'chai';
import { LateDatagrams } from '../../packages/core/src/transport/udp/late-datagrams.ts';

describe('datagrams that wait for the next turn of the event loop', () => {
  const datagram = (port: number, size = 10) => ({ bytes: Buffer.alloc(size), address: '127.0.0.1', port });

  it('come in their order, however many have come and gone', () => {
    const late = new LateDatagrams();
    const taken: (number | undefined)[] = [];
    for (let n = 0; n < 100; n++) {
      late.push(datagram(2 * n));
      late.push(datagram(2 * n + 1));
      taken.push(late.shift()?.port);
    }
    while (!late.isEmpty) taken.push(late.shift()?.port);
    expect(taken).to.deep.equal(Array.from({ length: 200 }, (_, n) => n));
    expect(late.shift()).to.equal(undefined);
  });

  it('are at most 1,024, or 1 MiB', () => {
    const [many, large] = [new LateDatagrams(), new LateDatagrams()];
    for (let n = 0; n < 1024; n++) many.push(datagram(n));
    for (let n = 0; n < 16; n++) large.push(datagram(n, 65_536));
    for (const late of [many, large]) {
      expect(late.isFull).to.equal(true);
      late.shift();
      expect(late.isFull).to.equal(false);
    }
  });
});

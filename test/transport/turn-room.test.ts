import { expect } from 'chai';
import { TurnRoom } from '../../packages/core/src/transport/udp/turn-room.ts';

describe('how many datagrams a turn of the event loop takes by the batch', () => {
  /** A turn that takes what it may, `each` milliseconds for a datagram; how many these were. */
  function turn(room: TurnRoom, each: number): number {
    const { left } = room;
    room.begin(1000);
    room.take(left);
    expect(room.left).to.equal(0);
    room.end(1000 + each * left);
    room.begin(2000);
    room.end(2000);
    return left;
  }

  const turns = (room: TurnRoom, each: number, count: number): readonly number[] => Array.from({ length: count }, () => turn(room, each));

  it('begins with few, and takes twice as many each time while a turn is short, up to 64', () => {
    expect(turns(new TurnRoom(), 0.03, 7)).to.deep.equal([4, 8, 16, 32, 64, 64, 64]);
  });

  it('takes half as many after a long turn, and never fewer than 4', () => {
    const room = new TurnRoom();
    turns(room, 0, 5);
    expect(turns(room, 2, 6)).to.deep.equal([64, 32, 16, 8, 4, 4]);
  });

  it('stays as it is while less comes than it may take', () => {
    const room = new TurnRoom();
    room.begin(0);
    room.take(3);
    room.end(1);
    room.begin(2);
    expect(room.left).to.equal(4);
  });
});

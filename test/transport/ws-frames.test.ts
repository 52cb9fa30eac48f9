import { expect } from 'chai';
import { WsFrames } from '../../packages/core/src/transport/ws-frames.ts';
import { frame, opcodes } from './web-sockets.ts';

/** A chunk as the network gives it: memory of its own. */
function chunkOf(...parts: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(parts);
  const chunk = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(chunk);
  return chunk;
}

/** A frame whose length takes eight bytes. */
function longFrame(opcode: number, payload: Buffer): Buffer {
  const head = Buffer.from([0x80 | opcode, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
  head.writeUInt32BE(payload.length, 6);
  return Buffer.concat([head, payload]);
}

const { text, continuation, ping, pong } = opcodes;

describe('RFC 6455 5.2 the frames of a WebSocket', () => {
  const messages = [frame(text, ''), frame(text, 'a'), frame(text, 'x'.repeat(125)), frame(text, 'x'.repeat(126)), frame(text, 'x'.repeat(65_535)), longFrame(text, Buffer.alloc(66_000))];

  for (const size of [1, 2, 3, 7, 1000, 300_000]) {
    it(`are found again in chunks of ${size}: nothing is held where all have ended`, () => {
      const frames = new WsFrames();
      const stream = Buffer.concat(messages);
      const ends = new Set(messages.map((_message, index) => messages.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0)));
      for (let at = 0; at < stream.length; at += size) {
        frames.push(chunkOf(stream.subarray(at, at + size)));
        const end = Math.min(stream.length, at + size);
        if (frames.isIdle !== ends.has(end)) expect.fail(`${end}`);
        if (frames.isIdle !== (frames.held === 0) || frames.isIdle !== (frames.bytes === 0)) expect.fail(`${end}: ${frames.held} bytes`);
      }
      expect(frames.ended).to.equal(true);
    });
  }

  it('hold each chunk of a message that has not ended, all of it, and more for each fragment', () => {
    const frames = new WsFrames();
    frames.push(chunkOf(Buffer.concat(messages), frame(text, 'x', false)));
    const first = frames.held;
    expect(first).to.be.above(Buffer.concat(messages).length);
    expect([frames.isIdle, frames.ended]).to.deep.equal([false, true]);
    frames.push(chunkOf(frame(ping, 'x'.repeat(125)), frame(continuation, 'x', false), frame(continuation, 'x', false)));
    const second = frames.held;
    frames.push(chunkOf(frame(ping, 'x'.repeat(125)), frame(continuation, 'x', false)));
    expect(second - first).to.be.above(frames.held - second);
    expect(frames.ended).to.equal(false);
    frames.push(chunkOf(frame(pong, ''), frame(continuation, 'x'), frame(ping, '')));
    expect([frames.isIdle, frames.ended, frames.held, frames.bytes]).to.deep.equal([true, true, 0, 0]);
  });

  it('hold only what came since the last message ended', () => {
    const frames = new WsFrames();
    frames.push(chunkOf(frame(text, 'x'.repeat(10_000), false)));
    const rest = chunkOf(frame(continuation, 'x'), frame(text, 'x', false));
    frames.push(rest);
    expect(frames.bytes).to.equal(rest.length);
    expect(frames.held).to.be.below(1000);
  });

  it('are no message as frames of control, not even in pieces', () => {
    const frames = new WsFrames();
    const bytes = frame(ping, 'ab');
    frames.push(chunkOf(bytes.subarray(0, 3)));
    expect(frames.isIdle).to.equal(false);
    frames.push(chunkOf(bytes.subarray(3)));
    expect([frames.isIdle, frames.ended, frames.held]).to.deep.equal([true, false, 0]);
  });

  it('hold the chunks with messages, pings and pongs that nobody was told of, until the last', () => {
    const frames = new WsFrames();
    const first = chunkOf(frame(text, 'a'), frame(ping, 'b'), frame(opcodes.close, ''));
    const second = chunkOf(frame(text, 'x', false), frame(pong, ''), frame(continuation, 'y'));
    frames.push(first);
    const after = [frames.queued];
    frames.push(second);
    for (let count = 0; count < 4; count++) {
      after.push(frames.queued);
      frames.told();
    }
    expect(after[0]).to.be.within(first.length, first.length + 400);
    expect(after[1]).to.be.within(first.length + second.length, first.length + second.length + 800);
    expect([...after.slice(2), frames.queued, frames.held]).to.deep.equal([after[1], after[1], after[1], 0, 0]);
  });
});

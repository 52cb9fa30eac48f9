import { expect } from 'chai';
import { WsFrames } from '../../packages/core/src/transport/ws/frames.ts';
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

/** Where frames end in a chunk, as the library is given them. */
function push(frames: WsFrames, chunk: Buffer): number[] {
  const ends: number[] = [];
  for (let at = 0; at < chunk.length;) ends.push(at = frames.next(chunk, at));
  frames.hold(chunk, chunk.length);
  return ends;
}

describe('RFC 6455 5.2 the frames of a WebSocket', () => {
  const messages = [frame(text, ''), frame(text, 'a'), frame(text, 'x'.repeat(125)), frame(text, 'x'.repeat(126)), frame(text, 'x'.repeat(65_535)), longFrame(text, Buffer.alloc(66_000))];

  for (const size of [1, 2, 3, 7, 1000, 300_000]) {
    it(`are found again in chunks of ${size}: nothing is held where all have ended`, () => {
      const frames = new WsFrames();
      const stream = Buffer.concat(messages);
      const ends = new Set(messages.map((_message, index) => messages.slice(0, index + 1).reduce((sum, { length }) => sum + length, 0)));
      for (let at = 0; at < stream.length; at += size) {
        push(frames, chunkOf(stream.subarray(at, at + size)));
        const end = Math.min(stream.length, at + size);
        if (frames.isIdle !== ends.has(end)) expect.fail(`${end}`);
        if (frames.isIdle !== (frames.held === 0) || frames.isIdle !== (frames.bytes === 0)) expect.fail(`${end}: ${frames.held} bytes`);
      }
      expect(frames.messages).to.equal(messages.length);
    });
  }

  it('hold each chunk of a message that has not ended, all of it, and more for each fragment', () => {
    const frames = new WsFrames();
    push(frames, chunkOf(Buffer.concat(messages), frame(text, 'x', false)));
    const first = frames.held;
    expect(first).to.be.above(Buffer.concat(messages).length);
    expect([frames.isIdle, frames.messages]).to.deep.equal([false, messages.length]);
    push(frames, chunkOf(frame(ping, 'x'.repeat(125)), frame(continuation, 'x', false), frame(continuation, 'x', false)));
    const second = frames.held;
    push(frames, chunkOf(frame(ping, 'x'.repeat(125)), frame(continuation, 'x', false)));
    expect(second - first).to.be.above(frames.held - second);
    expect(frames.messages).to.equal(messages.length);
    push(frames, chunkOf(frame(pong, ''), frame(continuation, 'x'), frame(ping, '')));
    expect([frames.isIdle, frames.messages, frames.held, frames.bytes]).to.deep.equal([true, messages.length + 1, 0, 0]);
  });

  it('hold only what came since the last message ended', () => {
    const frames = new WsFrames();
    push(frames, chunkOf(frame(text, 'x'.repeat(10_000), false)));
    const rest = chunkOf(frame(continuation, 'x'), frame(text, 'x', false));
    push(frames, rest);
    expect(frames.bytes).to.equal(rest.length);
    expect(frames.held).to.be.below(1000);
  });

  it('are no message as frames of control, not even in pieces', () => {
    const frames = new WsFrames();
    const bytes = frame(ping, 'ab');
    push(frames, chunkOf(bytes.subarray(0, 3)));
    expect(frames.isIdle).to.equal(false);
    push(frames, chunkOf(bytes.subarray(3)));
    expect([frames.isIdle, frames.messages, frames.keepAlives, frames.held]).to.deep.equal([true, 0, 1, 0]);
  });

  it('end one by one, but for the fragments of a message that goes on', () => {
    const parts = [frame(ping, 'a'), frame(text, 'b'), Buffer.concat([frame(text, 'c', false), frame(ping, '')]), frame(continuation, 'd'), frame(text, 'x').subarray(0, 4)];
    const ends = parts.map((_part, index) => Buffer.concat(parts.slice(0, index + 1)).length);
    expect(push(new WsFrames(), chunkOf(...parts))).to.deep.equal(ends);
  });

  it('say nothing as pings, pongs and messages of four bytes, and nothing comes behind a close', () => {
    const frames = new WsFrames();
    push(frames, chunkOf(frame(ping, ''), frame(pong, 'x'), frame(text, '\r\n\r\n'), frame(text, '12345'), frame(text, '12', false), frame(continuation, '345')));
    expect([frames.keepAlives, frames.messages, frames.isClosed]).to.deep.equal([3, 3, false]);
    push(frames, chunkOf(frame(text, '12', false), frame(continuation, '34'), frame(opcodes.close, '')));
    expect([frames.keepAlives, frames.messages, frames.isClosed]).to.deep.equal([5, 4, true]);
  });

  it('hold no more fragments than the library keeps, however many come', () => {
    const [few, many] = [new WsFrames(10), new WsFrames(10)];
    const ten = chunkOf(...Array<Buffer>(10).fill(frame(continuation, 'x', false)));
    push(few, ten);
    push(many, ten);
    push(many, ten);
    expect(many.held - few.held).to.be.below(ten.length + 400);
  });
});

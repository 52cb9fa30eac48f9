import { Writable } from 'node:stream';
import { expect } from 'chai';
import sinon from 'sinon';
import { BoundedOutput } from '../../packages/core/src/log/bounded-output.ts';

/** A stream that takes something only when it is told to. */
class SlowStream extends Writable {
  readonly taken: string[] = [];
  #next: ((error?: Error) => void) | undefined;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#next = (error) => {
      if (error === undefined) this.taken.push(chunk.toString());
      done(error);
    };
  }

  /** As standard output does, it can be written to again after an error. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
    (this as unknown as { _undestroy(): void })._undestroy();
  }

  /** Takes all, or fails all that waits. */
  async take(error?: Error): Promise<void> {
    while (this.writableLength > 0) {
      const next = this.#next;
      this.#next = undefined;
      next?.(error);
      await new Promise(setImmediate);
    }
  }
}

describe('a bounded output', () => {
  let stream: SlowStream;
  let output: BoundedOutput;
  beforeEach(() => {
    stream = new SlowStream({ decodeStrings: true });
    output = new BoundedOutput(stream, (dropped) => `${dropped} dropped\n`, 100);
  });

  it('drops what finds no room, counts it in lines, and says so once in its place when half of the room is free', async () => {
    output.write('a'.repeat(60));
    output.write('b'.repeat(40));
    output.write('c', 3);
    output.write('d', 4);
    expect(stream.writableLength).to.equal(100);
    await stream.take();
    output.write('e');
    await stream.take();
    expect(stream.taken).to.deep.equal(['a'.repeat(60), 'b'.repeat(40), '7 dropped\n', 'e']);
  });

  it('counts bytes, not characters', () => {
    output.write('€'.repeat(33));
    output.write('€');
    expect(stream.writableLength).to.equal(99);
  });

  it('takes nothing more where something was dropped: the notice stands where it is missing', async () => {
    output.write('a'.repeat(80));
    output.write('b'.repeat(30));
    output.write('c');
    await stream.take();
    expect(stream.taken).to.deep.equal(['a'.repeat(80), '2 dropped\n']);
  });

  it('says it with the next line where somebody else had filled the stream', async () => {
    stream.write('x'.repeat(100));
    output.write('a');
    await stream.take();
    output.write('b');
    await stream.take();
    expect(stream.taken).to.deep.equal(['x'.repeat(100), '1 dropped\n', 'b']);
  });

  it('survives a stream that fails, and counts what was lost with it', async () => {
    output.write('a', 2);
    await stream.take(new Error('EPIPE'));
    output.write('b');
    await stream.take(new Error('EPIPE'));
    output.write('c');
    await stream.take();
    expect(stream.taken).to.deep.equal(['3 dropped\n', 'c']);
  });

  it('listens to errors of a stream once, however many outputs it has', () => {
    for (let i = 0; i < 20; i++) new BoundedOutput(stream, String);
    expect(stream.listenerCount('error')).to.equal(1);
  });

  it('keeps a terminal from blocking, and touches nothing else', () => {
    const setBlocking = sinon.spy();
    new BoundedOutput(Object.assign(new SlowStream(), { isTTY: true, _handle: { setBlocking } }), String);
    new BoundedOutput(Object.assign(new SlowStream(), { _handle: { setBlocking } }), String);
    new BoundedOutput(Object.assign(new SlowStream(), { isTTY: true }), String);
    expect(setBlocking.args).to.deep.equal([[false]]);
  });
});

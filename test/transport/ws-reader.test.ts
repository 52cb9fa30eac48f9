import { once } from 'node:events';
import { Socket } from 'node:net';
import { defaultLimits } from '@nksip-ts/sip';
import { expect } from 'chai';
import { restore, stub } from 'sinon';
import type { WebSocket } from 'ws';
import { MemoryAccount } from '../../packages/core/src/memory/account.ts';
import { ConnectionMemory } from '../../packages/core/src/transport/connection/memory.ts';
import { readAhead, ReadBudget } from '../../packages/core/src/transport/connection/read-budget.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import { WsReader } from '../../packages/core/src/transport/ws/reader.ts';
import { frame, opcodes } from './web-sockets.ts';

describe('what reads a WebSocket', () => {
  // `ws` gives all that is left in its socket to its parser then, in one go.
  it('leaves nothing in a socket that is closed while it is paused', async () => {
    const socket = new Socket();
    let left = -1;
    socket.on('close', () => { left = socket.readableLength; });
    const webSocket = { isPaused: false, pause: () => undefined, resume: () => undefined } as unknown as WebSocket;
    const owner = { options: { limits: defaultLimits } as TransportOptions, memory: new ConnectionMemory(new MemoryAccount(1_000_000)), readBudget: new ReadBudget() };
    new WsReader(webSocket, socket, owner, { refuse: () => undefined, expired: () => undefined });
    socket.pause();
    socket.push(Buffer.alloc(1000));
    expect(socket.readableLength).to.equal(1000);
    socket.destroy();
    await once(socket, 'close');
    expect(left).to.equal(0);
  });

  describe('whose turn is over after each message', () => {
    afterEach(restore);

    it('counts once what came in one chunk, however many turns it takes to read it', () => {
      const { reader, refusals, unfinished, readAll } = interrupted();
      const fragments = Array.from({ length: 20 }, () => Buffer.concat([frame(opcodes.ping, ''), frame(opcodes.continuation, 'y'.repeat(3000), false)]));
      const chunk = alone(frame(opcodes.text, 'x', false), ...fragments, frame(opcodes.continuation, 'z'));
      reader.push(chunk);
      let most = 0;
      expect(readAll(() => { most = Math.max(most, unfinished()); })).to.equal(20);
      expect(refusals).to.deep.equal([]);
      // The chunk, what Node may read meanwhile, and what the library has beside each part and each fragment.
      expect(most).to.be.within(chunk.length, chunk.length + readAhead + 22 * 600);
      expect(unfinished()).to.equal(0);
    });

    it('counts the keep-alives of a chunk, however many turns it takes to read them', () => {
      const { reader, refusals, readAll } = interrupted();
      reader.push(alone(...Array<Buffer>(33).fill(frame(opcodes.ping, ''))));
      readAll();
      expect(refusals).to.deep.equal([1008]);
    });

    it('takes 32 keep-alives with each chunk, those that come while another waits, too', () => {
      const { reader, refusals, readAll } = interrupted();
      for (let chunks = 0; chunks < 3; chunks++) reader.push(alone(...Array<Buffer>(32).fill(frame(opcodes.ping, ''))));
      readAll();
      expect(refusals).to.deep.equal([]);
    });
  });
});

/** A chunk in memory of its own, as Node reads it. */
function alone(...frames: readonly Buffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames));
}

/** A reader who waits for another turn after each frame that he gives to the library. */
function interrupted() {
  const budget = new ReadBudget();
  let calls = 0;
  stub(budget, 'isSpent').callsFake(() => ++calls % 2 === 0);
  let waits = false;
  stub(budget, 'wait').callsFake(() => { waits = true; });
  stub(budget, 'leave').callsFake(() => { waits = false; });
  const webSocket = {
    isPaused: false,
    pause(this: { isPaused: boolean }): void { this.isPaused = true; },
    resume(this: { isPaused: boolean }): void { this.isPaused = false; },
  } as unknown as WebSocket;
  const account = new MemoryAccount(10_000_000);
  const options = { limits: defaultLimits, headTimeout: 32_000 } as TransportOptions;
  const refusals: number[] = [];
  const reader: WsReader = new WsReader(webSocket, new Socket(), { options, memory: new ConnectionMemory(account), readBudget: budget }, {
    refuse: (code) => {
      refusals.push(code);
      reader.stop();
    },
    expired: () => undefined,
  });
  /** Gives it its turns. Returns how many these were. */
  const readAll = (afterEach: () => void = () => undefined): number => {
    let turns = 0;
    for (afterEach(); waits; turns++, afterEach()) {
      waits = false;
      reader.readOn();
    }
    reader.end();
    return turns;
  };
  return { reader, refusals, unfinished: () => account.usage().parts['unfinished'] ?? 0, readAll };
}

import { once } from 'node:events';
import { Socket } from 'node:net';
import { defaultLimits } from '@nksip-ts/sip';
import { expect } from 'chai';
import type { WebSocket } from 'ws';
import { MemoryAccount } from '../../packages/core/src/memory/account.ts';
import { ConnectionMemory } from '../../packages/core/src/transport/connection/memory.ts';
import { ReadBudget } from '../../packages/core/src/transport/connection/read-budget.ts';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import { WsReader } from '../../packages/core/src/transport/ws/reader.ts';

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
});

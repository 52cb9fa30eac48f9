import type { Socket } from 'node:net';
import { isHangUp, transportError } from '../system-error.js';
import type { Target } from '../transport.js';

/** Waits until `socket` says that it is ready (`event`), at most `milliseconds`; destroys it otherwise. Rejects with NksipError('transport_error'). */
export function connected(socket: Socket, event: 'connect' | 'secureConnect', target: Target, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`there was no connection within ${milliseconds} ms`)), milliseconds);
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      socket.off(event, ready).off('error', settle).off('close', closed);
      if (error === undefined) resolve();
      else reject(transportError(target.transport, target.address, target.port, event === 'secureConnect' && isHangUp(error) ? noHandshake() : error));
    };
    const ready = (): void => settle();
    const closed = (): void => settle(event === 'secureConnect' ? noHandshake() : new Error('the connection was closed before it was ready'));
    socket.once(event, ready).once('error', settle).once('close', closed);
  });
}

function noHandshake(): Error {
  return new Error('the connection was closed during the TLS handshake: see that TLS is spoken at that port, and what the log there says');
}

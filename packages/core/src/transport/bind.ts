import type { Bound } from './listen-change.js';
import type { ListenPoint } from './listen.js';
import { listenFailed, systemCode } from './system-error.js';
import { listen, type ListenContext } from './transport-sockets.js';
import type { Listener, TransportName } from './transport.js';

/** How many free ports may turn out to be free for one transport only. */
const maxTries = 50;

/** Binds all points, or none: what was bound is closed when one fails. */
export async function bindAll(points: readonly ListenPoint[], context: ListenContext): Promise<Bound[]> {
  const bound: Bound[] = [];
  try {
    for (const point of points) {
      for (const listener of await bindPoint(point, context)) bound.push({ listener, point });
    }
    return bound;
  } catch (error) {
    await closeAll(bound);
    throw error;
  }
}

export async function closeAll(bound: readonly Bound[]): Promise<void> {
  await Promise.all(bound.map(({ listener }) => listener.close()));
}

/** All transports of the point on one port. Any free port means one that is free for each of them. */
async function bindPoint(point: ListenPoint, context: ListenContext): Promise<Listener[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await bindTogether(point, context);
    } catch (error) {
      const taken = systemCode(error instanceof Error ? error.cause : undefined) === 'EADDRINUSE';
      if (point.port !== 0 || !taken || tries === maxTries) throw error;
    }
  }
}

async function bindTogether(point: ListenPoint, context: ListenContext): Promise<Listener[]> {
  const listeners: Listener[] = [];
  let port = point.port;
  try {
    for (const transport of point.transports) {
      const listener = await bindOne(transport, { ...point, port }, context);
      listeners.push(listener);
      port = listener.port;
    }
    return listeners;
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

async function bindOne(transport: TransportName, point: ListenPoint, context: ListenContext): Promise<Listener> {
  const { address, port } = point;
  try {
    return await listen[transport](address, port, context);
  } catch (error) {
    throw listenFailed(point.text, transport, address, port, error);
  }
}

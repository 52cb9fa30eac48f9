import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP socket at a loopback address, which sends without looking addresses up. Port 0: any one. */
export async function openSocket(address: string, port = 0): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', lookup: (host, _options, found) => { found(null, host, 4); } });
  const listening = once(socket, 'listening'); // a look-up that answers at once binds at once
  socket.bind(port, address);
  await listening;
  return socket;
}

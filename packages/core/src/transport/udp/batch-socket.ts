import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { familyOf } from '../address.js';
import type { Batches, Datagram } from './batches.js';
import { socketAddressSize, writeSocketAddress } from './socket-address.js';
import { linux, systemError, type SystemCalls } from './system-calls.js';

/** The content of the largest datagram over IPv4. */
const mostBytes = 65_507;

/** A bound socket, and its number, by which datagrams go by the batch as long as it is open. */
export class BatchSocket {
  private constructor(readonly socket: Socket, private readonly fd: number, private readonly family: 4 | 6, private readonly batches: Batches) {}

  /** The socket is of our own making, since Node.js does not tell the number of one of its own. Rejects with the error of the system. */
  static async bind(batches: Batches, address: string, port: number, options: SocketOptions): Promise<BatchSocket> {
    const fd = boundSocket(batches.calls, address, port);
    const socket = createSocket(options);
    try {
      const listening = once(socket, 'listening');
      socket.bind({ fd, exclusive: true });
      await listening;
      return new BatchSocket(socket, fd, familyOf(address), batches);
    } catch (error) {
      socket.close();
      batches.calls.close(fd);
      throw error;
    }
  }

  /** As `Batches.receive`. */
  receive(most: number, take: (bytes: Buffer, address: string, port: number) => void): number {
    return this.batches.receive(this.fd, most, take);
  }

  /** Whether it can go by the batch. What cannot is for Node.js, which knows zones and names, and tells why it cannot be sent. */
  takes({ bytes, address }: Datagram): boolean {
    return bytes.length <= mostBytes && isIP(address) === this.family && !address.includes('%');
  }

  /** As `Batches.send`, for what it takes. */
  send<D extends Datagram>(datagrams: readonly D[], refused: (datagram: D, error: Error) => void): number {
    return this.batches.send(this.fd, datagrams, refused);
  }
}

/** Throws the error of the system. */
export function boundSocket(calls: SystemCalls, address: string, port: number): number {
  const family = familyOf(address);
  const { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC } = linux;
  const fd = calls.socket(family === 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket', calls.lastError());
  try {
    if (family === 6) leaveIpv4(calls, fd);
    const name = Buffer.alloc(socketAddressSize[6]);
    const size = writeSocketAddress(name, 0, address, port);
    if (calls.bind(fd, name, size) < 0) throw systemError('bind', calls.lastError());
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

/** IPv4 has sockets of its own. */
function leaveIpv4(calls: SystemCalls, fd: number): void {
  const yes = Buffer.from([1, 0, 0, 0]);
  if (calls.setsockopt(fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, yes, yes.length) < 0) throw systemError('setsockopt', calls.lastError());
}

import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { familyOf, hostText } from '../address.js';
import type { Batches } from './batches.js';
import type { Datagram } from './outgoing-vector.js';
import { socketAddressSize, writeSocketAddress } from './socket-address.js';
import { linux, systemError, type SystemCalls } from './system-calls.js';

/** The content of the largest datagram over IPv4. */
const mostBytes = 65_507;

/** A bound socket, and its number, by which datagrams go by the batch as long as it is open. */
export class BatchSocket {
  private constructor(readonly socket: Socket, private readonly fd: number, private readonly family: 4 | 6, private readonly batches: Batches) {}

  /**
   * The socket is of our own making, since Node.js does not tell the number of one of its own, or `open`, which is bound there already. Rejects with the
   * error of the system.
   */
  static async bind(batches: Batches, address: string, port: number, options: SocketOptions, open?: number): Promise<BatchSocket> {
    const fd = open ?? boundSocket(batches.calls, address, port);
    try {
      const socket = await openedSocket(fd, address, port, options);
      keepPort(batches.calls, fd);
      return new BatchSocket(socket, fd, familyOf(address), batches);
    } catch (error) {
      if (open === undefined) batches.calls.close(fd);
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

/** As Node.js has it, the socket of that number. Rejects where it is no UDP socket that is bound there; 0 is any port. */
export async function openedSocket(fd: number, address: string, port: number, options: SocketOptions): Promise<Socket> {
  const socket = createSocket(options);
  try {
    const listening = once(socket, 'listening');
    socket.bind({ fd, exclusive: true });
    await listening;
    const bound = socket.address();
    if (bound.address !== address || (port !== 0 && bound.port !== port)) throw new Error(`the socket of number ${fd} is bound to ${hostText(bound.address)}:${bound.port}`);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Throws the error of the system. With `sharing`, the port may be that of other sockets that share it, too (SO_REUSEPORT). */
export function boundSocket(calls: SystemCalls, address: string, port: number, sharing?: 'sharing'): number {
  const family = familyOf(address);
  const { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC } = linux;
  const fd = calls.socket(family === 6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket', calls.lastError());
  try {
    if (family === 6) leaveIpv4(calls, fd);
    if (sharing !== undefined) sharePort(calls, fd);
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
  setOption(calls, fd, linux.IPPROTO_IPV6, linux.IPV6_V6ONLY, yes);
}

/** Others of the same user may bind its port from now on, if they say so as well. */
export function sharePort(calls: SystemCalls, fd: number): void {
  setOption(calls, fd, linux.SOL_SOCKET, linux.SO_REUSEPORT, yes);
}

/** Node.js sets SO_REUSEADDR on a socket that it is given (uv_udp_open): a program of any user that says so as well could bind the port, and get what comes. */
function keepPort(calls: SystemCalls, fd: number): void {
  setOption(calls, fd, linux.SOL_SOCKET, linux.SO_REUSEADDR, no);
}

const no = Buffer.from([0, 0, 0, 0]), yes = Buffer.from([1, 0, 0, 0]);

/** Throws the error of the system. */
export function setOption(calls: SystemCalls, fd: number, level: number, option: number, value: Uint8Array): void {
  if (calls.setsockopt(fd, level, option, value, value.length) < 0) throw systemError('setsockopt', calls.lastError());
}

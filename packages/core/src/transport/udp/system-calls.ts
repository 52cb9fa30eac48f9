import { getSystemErrorName } from 'node:util';

/**
 * Calls of Linux that Node.js does not offer, by their own names. Pointers are addresses, or bytes of ours for as long as the call lasts.
 * They answer -1 for an error; `lastError` tells which.
 */
export interface SystemCalls {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, name: Uint8Array, size: number): number;
  getsockname(fd: number, name: Uint8Array, size: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, size: number): number;
  close(fd: number): number;
  recvmmsg(fd: number, headers: bigint, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, headers: bigint, count: number, flags: number): number;
  /** Memory that does not move, of which only touched pages are resident. Its end is the end of the process. */
  memory(size: number): Memory;
  lastError(): number;
}

export interface Memory {
  readonly address: bigint;
  readonly bytes: Buffer;
}

/** As Linux numbers them on x64 and arm64. */
export const linux = {
  AF_INET: 2, AF_INET6: 10, SOCK_DGRAM: 2, SOCK_NONBLOCK: 0o4000, SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1, SO_REUSEADDR: 2, SO_REUSEPORT: 15, SO_ATTACH_REUSEPORT_CBPF: 51, IPPROTO_IPV6: 41, IPV6_V6ONLY: 26, SOL_UDP: 17, UDP_SEGMENT: 103, MSG_DONTWAIT: 0x40,
  EINTR: 4, EIO: 5, EAGAIN: 11, EINVAL: 22, EMSGSIZE: 90,
} as const;

const PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_NORESERVE = 0x4000;

/** Rejects where koffi is not installed, and where the library of the system cannot be loaded. */
export async function loadSystemCalls(): Promise<SystemCalls> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  const mmap = libc.func<(address: null, size: number, protection: number, flags: number, fd: number, offset: number) => unknown>('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)');
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    bind: libc.func('int bind(int fd, void *name, uint32_t size)'),
    getsockname: libc.func('int getsockname(int fd, void *name, void *size)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int option, void *value, uint32_t size)'),
    close: libc.func('int close(int fd)'),
    recvmmsg: libc.func('int recvmmsg(int fd, void *headers, uint32_t count, int flags, void *timeout)'),
    sendmmsg: libc.func('int sendmmsg(int fd, void *headers, uint32_t count, int flags)'),
    memory(size) {
      const address = mmap(null, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (typeof address !== 'bigint' || address <= 0n) throw systemError('mmap', koffi.errno());
      return { address, bytes: Buffer.from(koffi.view(address, size)) };
    },
    lastError: () => koffi.errno(),
  };
}

/** As Node.js makes them: `code` is the name of the error, such as EADDRINUSE. */
export function systemError(call: string, number: number): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -number, syscall: call });
}

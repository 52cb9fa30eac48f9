import type { Batches } from './batches.js';
import { receiveBatch } from './batches.js';
import { boundSocket, setOption, sharePort } from './batch-socket.js';
import { steeringProgram, steeringSecret } from './steering.js';
import { linux, type Memory } from './system-calls.js';

/** More than waits at a socket, in batches. */
const mostBatches = 1_000;

/** Of the longest program that the system takes: 4,096 instructions of 8 bytes. */
const programSize = 32_768;

/**
 * Sockets at the same address and port, among which the system divides what comes, by transaction (steering.ts). Each is for another process, so
 * that none is woken in vain. This one keeps them open: a process that dies leaves its socket to the next, and the numbers of the others stay.
 */
export class SocketGroup {
  readonly #out = new Set<number>();
  readonly #secret = steeringSecret();

  private constructor(private readonly batches: Batches, private readonly program: Memory, readonly fds: readonly number[]) {}

  /**
   * Throws the error of the system. Only the first one is bound without SO_REUSEPORT: so its port is nobody else's, and a second server
   * finds that it is taken, although both are of one user. The others join it when it is bound, so that there is no moment in which the port is free again.
   */
  static open(batches: Batches, address: string, port: number, many: number): SocketGroup {
    const { calls } = batches;
    const program = calls.memory(programSize);
    const fds = [boundSocket(calls, address, port)];
    try {
      sharePort(calls, fds[0] as number);
      while (fds.length < many) fds.push(boundSocket(calls, address, port, 'sharing'));
      const group = new SocketGroup(batches, program, fds);
      group.#steer();
      return group;
    } catch (error) {
      for (const fd of fds) calls.close(fd);
      throw error;
    }
  }

  /**
   * The others get what would come to this one, until it is taken in again. What waits at it is lost, as it could be on its way, and its sender sends it again: if
   * it were carried out later, that might be after another has answered it, and after a request that followed on that answer. While all are out, everything
   * waits, since nobody else answers. Throws the error of the system.
   */
  leaveOut(member: number): void {
    if (this.#out.has(member)) return;
    this.#out.add(member);
    this.#steer();
    if (this.#out.size < this.fds.length) this.#discard(member);
  }

  /** Throws the error of the system. */
  takeIn(member: number): void {
    if (!this.#out.delete(member)) return;
    this.#steer();
    for (const one of this.#out) this.#discard(one);
  }

  close(): void {
    for (const fd of this.fds) this.batches.calls.close(fd);
  }

  /** The program holds for all of them. */
  #steer(): void {
    const program = steeringProgram(this.fds.length, this.#out, this.#secret);
    this.program.bytes.set(program);
    const value = Buffer.alloc(16); // struct sock_fprog
    value.writeUInt16LE(program.length / 8, 0);
    value.writeBigUInt64LE(this.program.address, 8);
    setOption(this.batches.calls, this.fds[0] as number, linux.SOL_SOCKET, linux.SO_ATTACH_REUSEPORT_CBPF, value);
  }

  #discard(member: number): void {
    const fd = this.fds[member] as number;
    for (let i = 0; i < mostBatches && this.batches.receive(fd, receiveBatch, () => undefined) === receiveBatch; i++);
  }
}

import { NksipError, reasonOf } from '../../errors.js';
import type { Logger } from '../../log/log.js';
import { hostText } from '../address.js';
import { parseListen, type ListenPoint } from '../listen.js';
import { listenFailed, systemCode } from '../system-error.js';
import type { Batches } from './batches.js';
import { loadBatches } from './load-batches.js';
import { SocketGroup } from './socket-group.js';

type Log = Pick<Logger, 'debug' | 'info' | 'error'>;

/**
 * UDP sockets of several processes that serve the same addresses, made before the first of them starts: each inherits one for each address. With
 * a socket that all share, each datagram wakes all processes, of which one gets it.
 */
export class WorkerSockets {
  private constructor(private readonly groups: ReadonlyMap<string, SocketGroup>, private readonly log: Log) {}

  /**
   * For `many` processes, at the UDP addresses of `listen`, a `sip_listen` without any port 0. Undefined where there is nothing to open, and where it cannot be
   * done, which is logged. Rejects with NksipError('listen_failed', { listen, reason }) where a port is taken.
   */
  static async open(listen: string, many: number, log: Log): Promise<WorkerSockets | undefined> {
    const points = parseListen(listen).filter(({ transports }) => transports.includes('udp'));
    if (points.length === 0) return undefined;
    const groups = new Map<string, SocketGroup>();
    try {
      const batches = await loadBatches(log);
      if (batches === undefined) throw new Error('that takes Linux and the optional package koffi');
      for (const point of points) groups.set(`${hostText(point.address)}:${point.port}`, openGroup(batches, point, many));
      return new WorkerSockets(groups, log);
    } catch (error) {
      for (const group of groups.values()) group.close();
      if (error instanceof NksipError) throw error;
      log.info({ err: error }, `The workers share one socket for each UDP address, and a datagram wakes all of them, since they cannot have sockets of their own: ${reasonOf(error)}`);
      return undefined;
    }
  }

  /** What a process is to have as `sip_udp_sockets` if it inherits its sockets as the numbers from `first` on. */
  namedFrom(first: number): string {
    return [...this.groups.keys()].map((at, i) => `${at}=${first + i}`).join(', ');
  }

  /** The sockets of one process, by their numbers in this one. */
  of(process: number): readonly number[] {
    return [...this.groups.values()].flatMap(({ fds }) => fds[process] ?? []);
  }

  /** It does not serve: the others get its share. */
  leaveOut(process: number): void {
    this.#each((group) => { group.leaveOut(process); });
  }

  /** It serves. */
  takeIn(process: number): void {
    this.#each((group) => { group.takeIn(process); });
  }

  close(): void {
    for (const group of this.groups.values()) group.close();
  }

  #each(change: (group: SocketGroup) => void): void {
    for (const [at, group] of this.groups) {
      try {
        change(group);
      } catch (error) {
        this.log.error({ err: error }, `UDP ${at}: the system does not divide the datagrams among other workers than before: ${reasonOf(error)}`);
      }
    }
  }
}

function openGroup(batches: Batches, { text, address, port }: ListenPoint, many: number): SocketGroup {
  try {
    return SocketGroup.open(batches, address, port, many);
  } catch (error) {
    throw systemCode(error) === 'EADDRINUSE' ? listenFailed(text, 'udp', address, port, error) : error;
  }
}

/** What a process and all below it cost, out of /proc. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second in /proc (USER_HZ), which Linux has fixed at 100. */
const TICKS = 100;

/** Seconds of user and system time so far, all threads. */
export function cpuSeconds(root: number): number {
  let ticks = 0;
  for (const pid of tree(root)) {
    const fields = statFields(pid);
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / TICKS;
}

/** Seconds for which the CPUs of this machine were busy so far, or taken away by its host. */
export function machineSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = text('/proc/stat').split('\n', 1).join().trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/** Bytes: the proportional set size, in which memory that several processes share counts once. */
export function proportionalBytes(root: number): number {
  return tree(root).reduce((sum, pid) => sum + 1024 * Number(/^Pss:\s+(\d+) kB/m.exec(text(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0), 0);
}

/** Whether a socket of this machine is bound to the port. */
export function isBound(transport: 'udp' | 'tcp', port: number): boolean {
  return new RegExp(`^\\s*\\d+: [0-9A-F]+:${hexadecimal(port)} `, 'm').test(text(`/proc/net/${transport}`));
}

/** Datagrams that the system has dropped so far at the UDP sockets of this machine that are bound to the port: their buffers were full. */
export function droppedDatagrams(port: number): number {
  const lines = text('/proc/net/udp').split('\n').filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]+:${hexadecimal(port)} `).test(line));
  return lines.reduce((sum, line) => sum + Number(line.trimEnd().split(/\s+/).at(-1)), 0);
}

function hexadecimal(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** The processes that this one has started, oldest first. */
export function childrenOf(parent: number): readonly number[] {
  return parents().flatMap(([child, its]) => its === parent ? [child] : []);
}

function tree(root: number): readonly number[] {
  const known = parents();
  const all = [root];
  for (const pid of all) all.push(...known.flatMap(([child, parent]) => parent === pid ? [child] : []));
  return all;
}

function parents(): readonly (readonly [child: number, parent: number])[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), Number(statFields(Number(name))[1])] as const);
}

/** From the state on: the name before it may hold anything. */
function statFields(pid: number): readonly string[] {
  const stat = text(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** A process may be gone between two looks. */
function text(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

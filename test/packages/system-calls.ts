import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** The names in SystemCallFilter= lines of a unit, sets (@name) spelt out; `~` takes away. systemd adds @default to what is allowed. */
export function allowedCalls(unit: string): ReadonlySet<string> {
  const sets = setsOfCalls();
  const allowed = callsOf('@default', sets);
  for (const [, isNot, names = ''] of unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)) {
    for (const call of names.split(' ').flatMap((name) => [...callsOf(name, sets)])) {
      if (isNot === '~') allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

function setsOfCalls(): ReadonlyMap<string, readonly string[]> {
  const listed = execFileSync('systemd-analyze', ['syscall-filter', '--no-pager'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return new Map(listed.split(/^(?=@)/m).map((text) => text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))).map(([name = '', ...calls]) => [name, calls]));
}

function callsOf(name: string, sets: ReadonlyMap<string, readonly string[]>): Set<string> {
  return new Set(name.startsWith('@') ? sets.get(name)?.flatMap((inner) => [...callsOf(inner, sets)]) : [name]);
}

/** Runs Node.js with these arguments until it has printed `isReady`, has it end by SIGTERM, and resolves to the names of all system calls that it made. */
export async function callsOfNode(args: readonly string[], isReady: RegExp, trace: string): Promise<ReadonlySet<string>> {
  // Node.js in a group with strace: the signal is for both, and strace waits for what it traces.
  const child = spawn('strace', ['-f', '-qq', '-o', trace, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  const ended = once(child, 'exit');
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    printed += String(text);
    if (isReady.test(printed)) break;
  }
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await ended;
  return new Set([...readFileSync(trace, 'utf8').matchAll(/^\d+ +(\w+)\(/gm)].map(([, name = '']) => name));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Service } from '@nksip-ts/core';
import { audit, list } from '@nksip-ts/event-compositor';
import { isRegistrations } from '@nksip-ts/registrar';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { faultOfPublication } from './importable.js';
import { knownCount } from './known-count.js';
import { publicationsText, withProgress } from '../output/progress.js';
import { stopSignals } from '../process/stop-signals.js';
import type { WithService } from './service.js';
import { print, tell } from '../output/terminal.js';
import { READER_MARK } from '../config/process-marks.js';

/**
 * Reads through a store in a process of its own, since a database whose pages are damaged can crash the process that reads it. Exits with
 * 1 where anything is wrong.
 */
export async function checkState(withService: WithService, args: readonly string[], which: 'own' | 'all'): Promise<ExitCode> {
  return process.env[READER_MARK] === undefined ? await readElsewhere(args) : await read(withService, which);
}

async function readElsewhere(args: readonly string[]): Promise<ExitCode> {
  const [, program = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, program, 'store', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, [READER_MARK]: '1' } });
  let stopped = false;
  for (const signal of stopSignals) process.once(signal, () => { stopped = true; child.kill(signal); });
  const [code, signal] = await once(child, 'exit') as [number | null, NodeJS.Signals | null];
  if (signal !== null && !stopped) {
    tell(`nksip-ts: The store is damaged: the process that read it through was ended by ${signal}. Put a copy in its place.`);
  }
  return code === 0 ? exitCodes.ok : exitCodes.fault;
}

interface Found {
  /** Publications. */
  good: number;
  /** Addresses that are registered. */
  registered: number;
  /** Of both. */
  over: number;
  damaged: number;
  faults: number;
}

async function read(withService: WithService, which: 'own' | 'all'): Promise<ExitCode> {
  const found: Found = { good: 0, registered: 0, over: 0, damaged: 0, faults: 0 };
  const told = (): string => `${goodText(found)} good, ${found.over} expired, ${found.damaged} damaged or missing`;
  await withService('nksip-ts', (service) => withProgress(tell, told, () => readAll(service, which, found)));
  print(told());
  return found.faults === 0 ? exitCodes.ok : exitCodes.fault;
}

async function readAll(service: Service, which: 'own' | 'all', found: Found): Promise<void> {
  const findings = audit(service, which);
  if (findings === undefined) return await listAll(service, found);
  for await (const finding of findings) {
    if (finding.type === 'fault') fault(found, finding.sentence, finding.lost);
    else found[finding.type === 'over' ? 'over' : isRegistrations(finding.srvId) ? 'registered' : 'good']++;
  }
}

function goodText({ good, registered }: Found): string {
  return registered === 0 ? publicationsText(good) : `${publicationsText(good)} and the contacts of ${registered} ${registered === 1 ? 'address' : 'addresses'}`;
}

/** A store that cannot tell what is wrong with it: what can be read must be something that a PUBLISH could have made. */
async function listAll(service: Service, found: Found): Promise<void> {
  const before = await knownCount(service);
  for await (const publication of list(service, undefined, 'stored')) {
    const wrong = faultOfPublication(publication);
    if (wrong === undefined) found.good++;
    else fault(found, `A publication cannot be right, ${wrong}: ${JSON.stringify([publication.aor, publication.tag])}`, 1);
  }
  const missing = Math.min(before, await knownCount(service)) - found.good - found.damaged;
  if (missing > 0) fault(found, `The store counts ${publicationsText(missing)} more than it lists`, missing);
}

function fault(found: Found, sentence: string, lost: number): void {
  found.faults++;
  found.damaged += lost;
  print(sentence);
}

import { once } from 'node:events';
import '@nksip-ts/uac-auto';
import { exitCodeOf, exitCodes, type ExitCode, type RequestResult } from '../command-line/exit-codes.js';
import { print, tell } from '../output/terminal.js';
import type { Client } from './client.js';
import { describe } from './describe.js';
import { Interrupt } from './interrupt.js';

/** The id of what a command keeps. */
export const keptId = 'command';

/** What happened to it. */
interface Update {
  readonly ok: boolean;
  readonly state: string;
  /** Seconds. */
  readonly next?: number;
  readonly result?: RequestResult;
}

/** A registration or a publication that a command keeps alive until Ctrl-C. */
export interface Keeping {
  readonly event: 'uac_auto:registration' | 'uac_auto:publication';
  readonly start: () => Promise<Update>;
  readonly stop: () => Promise<Update | 'not_found'>;
  /** What is worth reading of the first response. */
  readonly headers: readonly string[];
  /** What a person is told at the end. */
  readonly goodbye: string;
}

/** If the first request fails, it is over; what fails later is tried again. */
export async function keep(client: Client, keeping: Keeping): Promise<ExitCode> {
  const { ok, result } = await client.patiently(keeping.start());
  show(client, result, keeping.headers);
  if (!ok) return exitOf(result);
  const interrupted = new Interrupt();
  try {
    const refused = await refusal(client, keeping, interrupted.first);
    return refused === undefined ? await remove(keeping, interrupted.second) : exitOf(refused.result);
  } finally {
    interrupted.close();
  }
}

/** Prints what fails, and the first success behind it, until it is refused for good; undefined: until Ctrl-C. */
async function refusal(client: Client, { event, headers }: Keeping, interrupted: AbortSignal): Promise<Update | undefined> {
  let wasOk = true;
  let over: (refused: Update | undefined) => void = () => undefined;
  const ended = new Promise<Update | undefined>((resolve) => { over = resolve; });
  const told = (update: Update): void => {
    const { ok, state, next, result } = update;
    if (!ok || !wasOk) show(client, result, ok ? headers : ['Min-Expires', 'Retry-After']);
    wasOk = ok;
    if (state === 'ended') over(update);
    else if (!ok) tell(`Trying again in ${next === 1 ? '1 second' : `${next ?? 0} seconds`}.`);
  };
  client.service.events.on(event, told);
  try {
    return await Promise.race([ended, once(interrupted, 'abort').then(() => undefined)]);
  } finally {
    client.service.events.off(event, told);
  }
}

async function remove({ stop, goodbye }: Keeping, interrupted: AbortSignal): Promise<ExitCode> {
  tell(goodbye);
  const removed = await Promise.race([stop(), once(interrupted, 'abort').then(() => undefined)]);
  return removed === undefined || removed === 'not_found' || removed.result === undefined ? exitCodes.ok : exitOf(removed.result);
}

function show(client: Client, result: RequestResult | undefined, headers: readonly string[]): void {
  if (result === undefined) return;
  print(...describe(result, headers));
  client.tellNext(result);
}

function exitOf(result: RequestResult | undefined): ExitCode {
  return result === undefined ? exitCodes.noResponse : exitCodeOf(result);
}

import { startByName, type Service } from '@nksip-ts/core';
import { Misuse, seconds, text, type Parsed } from '../command-line/command-line.js';
import type { RequestResult } from '../command-line/exit-codes.js';
import { nextStep, type Sent } from '../command-line/next-step.js';
import { foldersFor } from '../config/invocation.js';
import { tell } from '../output/terminal.js';
import { clientOptions, userOf } from './client-options.js';

/** Twice timer F (RFC 3261 17.1.2.2), in seconds: RFC 3263 4.3 has the next server tried when that of the first one has fired. */
const usualTimeout = 64;

/** A person who waits for longer than this is told why, in milliseconds. */
const silence = 3_000;

/** A service that lives for one command. */
export interface Client {
  readonly service: Service;
  /** What its requests have in common; `timeout` in seconds. */
  readonly common: { readonly from: string; readonly timeout: number };
  /** Tells the person that there is no response yet, where that takes long. */
  patiently<T>(response: Promise<T>): Promise<T>;
  /** Tells what a person may do about a response, where that is not plain. */
  tellNext(result: RequestResult, sent?: Partial<Pick<Sent, 'ifMatch'>>): void;
}

/** Starts it; `module` has its callbacks. Rejects with Misuse or a NksipError. Whoever starts it stops it. */
export async function startClient(parsed: Parsed, uri: string, module?: Readonly<Record<string, unknown>>): Promise<Client> {
  const timeout = seconds(parsed, 'timeout') ?? usualTimeout;
  if (timeout === 0) throw new Misuse('--timeout wants at least one second.');
  const options = { ...(parsed.flags['keep'] === true && { plugins: ['uac-auto'] }), ...await clientOptions(parsed) };
  const from = text(parsed, 'from') ?? `<${uri}>`;
  const service = await startByName('nksip-ts-client', options, module, foldersFor(undefined));
  return {
    service,
    common: { from, timeout },
    patiently: async (response) => {
      const waiting = setTimeout(() => tell(`No response yet; waiting up to ${timeout} seconds.`), silence);
      try {
        return await response;
      } finally {
        clearTimeout(waiting);
      }
    },
    tellNext: (result, { ifMatch = false } = {}) => {
      const next = nextStep(result, { from, user: userOf(options), signsIn: 'sip_pass' in options, ifMatch });
      if (next !== undefined) tell(`nksip-ts: ${next}`);
    },
  };
}

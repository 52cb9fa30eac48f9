import { setTimeout as wait } from 'node:timers/promises';
import { uac, type RegisterOptions, type Registered } from '@nksip-ts/core';
import { Misuse, oneUri, readArguments, seconds, text, type Parsed } from '../command-line/command-line.js';
import { exitCodeOf, exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { print, printPage, tell } from '../output/terminal.js';
import { startClient, type Client } from './client.js';
import { clientFlags, clientHelp } from './client-options.js';
import { Interrupt } from './interrupt.js';
import { describe } from './request.js';

export const registerHelp = `Usage: nksip-ts register URI [options]

Sends one REGISTER for the address URI to its domain, and prints the response with all
contacts that are registered then.

  --contact C        the contact to register (default: the user of URI at this machine);
                     '*' with --expires 0 removes all contacts
  --expires N        seconds to be registered for; 0 removes the contact
  --query            register nothing: print what is registered
  --keep             keep running, and refresh the registration, until Ctrl-C; then
                     the contact is removed
  --from URI         who registers (default: the URI)
${clientHelp}
Examples:
  nksip-ts register sip:alice@127.0.0.1:5060 --contact sip:alice@192.0.2.1 --expires 600
  nksip-ts register sip:alice@127.0.0.1:5060 --query
`;

const registerFlags = {
  contact: { type: 'string' }, expires: { type: 'string' }, query: { type: 'boolean' }, keep: { type: 'boolean' }, ...clientFlags,
} as const;

/** Milliseconds: the shortest pause before something is sent again, and the longest one after failures. */
const [least, longest] = [1_000, 300_000];

export async function register(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, registerFlags);
  if (parsed.flags['help'] === true) {
    printPage(registerHelp);
    return exitCodes.ok;
  }
  const uri = oneUri(parsed.words, 'register');
  const options = registerOptions(parsed);
  const keeps = parsed.flags['keep'] === true;
  if (keeps && (options.contact === false || options.expires === 0 || options.unregister_all === true)) throw new Misuse('--keep wants a contact to keep: leave out --query and --expires 0.');
  const client = await startClient(parsed, uri);
  const send = (change: RegisterOptions = {}): Promise<Registered> => uac.register(client.service, uri, { ...options, ...client.common, ...change });
  try {
    const result = await client.patiently(send());
    print(...describe(result, ['Contact', 'Min-Expires', 'Retry-After']));
    client.tellNext(result);
    return keeps && result.ok ? await keep(client, send, result) : exitCodeOf(result);
  } finally {
    await client.service.stop();
  }
}

function registerOptions(parsed: Parsed): RegisterOptions {
  const [contact, expires] = [text(parsed, 'contact'), seconds(parsed, 'expires')];
  if (parsed.flags['query'] === true) {
    if (contact !== undefined || expires !== undefined) throw new Misuse('--query registers nothing: leave out --contact and --expires.');
    return { contact: false };
  }
  if (contact === '*') {
    if (expires !== 0) throw new Misuse("--contact '*' wants --expires 0: it removes all contacts.");
    return { unregister_all: true };
  }
  return { ...(contact !== undefined && { contact }), ...(expires !== undefined && { expires }) };
}

/** Registers again when 85 to 90 % of what was granted is over, so that programs that began together do not stay together. */
async function keep(client: Client, send: (change?: RegisterOptions) => Promise<Registered>, first: Registered): Promise<ExitCode> {
  const interrupted = new Interrupt();
  try {
    let [last, failures] = [first, 0];
    let change: RegisterOptions = {};
    while (await pause(last.ok ? refreshIn(last.meta.expires) : retryIn(last, failures), interrupted.first)) {
      // RFC 3261 10.2.8: after a 423 the time that it asks for.
      if (last.meta.min_expires !== undefined) change = { expires: last.meta.min_expires };
      last = await send(change);
      failures = last.ok ? 0 : failures + 1;
      if (last.ok) continue;
      print(...describe(last, ['Min-Expires', 'Retry-After']));
      client.tellNext(last);
      if (isFinal(last)) return exitCodeOf(last);
    }
    tell('Removing the contact.');
    return exitCodeOf(await send({ unregister: true, expires: 0 }));
  } finally {
    interrupted.close();
  }
}

/** Milliseconds. RFC 3261 10.2.1.1: where nothing is told, it is up to the registrar; most have an hour. */
function refreshIn(expires = 3600): number {
  return Math.max(least, 1000 * expires * (0.85 + 0.05 * Math.random()));
}

/** Milliseconds: what the server asks for, else twice as long each time. */
function retryIn({ response, meta }: Registered, failures: number): number {
  if (meta.min_expires !== undefined && failures === 1) return least;
  const asked = Number.parseInt(response?.header('Retry-After')[0] ?? '', 10);
  return Math.min(longest, Math.max(least, Number.isNaN(asked) ? 1000 * 2 ** failures : 1000 * asked));
}

/** What another try does not mend. */
function isFinal({ code, response, meta }: Registered): boolean {
  return response !== undefined && code < 500 && meta.min_expires === undefined;
}

/** False: it was stopped. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return await wait(Math.min(milliseconds, 2 ** 31 - 1), true, { signal }).catch(() => false);
}

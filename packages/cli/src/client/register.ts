import { uac, type RegisterOptions } from '@nksip-ts/core';
import { startRegister, stopRegister } from '@nksip-ts/uac-auto';
import { Misuse, oneUri, readArguments, seconds, text, type Parsed } from '../command-line/command-line.js';
import { exitCodeOf, exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { print, printPage } from '../output/terminal.js';
import { startClient, type Client } from './client.js';
import { clientFlags, clientHelp } from './client-options.js';
import { describe } from './describe.js';
import { keep, keptId } from './keep.js';

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
  try {
    return keeps ? await keepRegistered(client, uri, options) : await registerOnce(client, uri, options);
  } finally {
    await client.service.stop();
  }
}

const shown = ['Contact', 'Min-Expires', 'Retry-After'] as const;

async function registerOnce(client: Client, uri: string, options: RegisterOptions): Promise<ExitCode> {
  const result = await client.patiently(uac.register(client.service, uri, { ...options, ...client.common }));
  print(...describe(result, shown));
  client.tellNext(result);
  return exitCodeOf(result);
}

async function keepRegistered(client: Client, uri: string, options: RegisterOptions): Promise<ExitCode> {
  return await keep(client, {
    event: 'uac_auto:registration', headers: shown, goodbye: 'Removing the contact.',
    start: () => startRegister(client.service, keptId, uri, { ...options, ...client.common }),
    stop: () => stopRegister(client.service, keptId),
  });
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

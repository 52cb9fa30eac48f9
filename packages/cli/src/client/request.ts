import { readFile } from 'node:fs/promises';
import { uac, type Service } from '@nksip-ts/core';
import { startPublish, stopPublish } from '@nksip-ts/uac-auto';
import { startClient, type Client } from './client.js';
import { clientFlags, clientHelp } from './client-options.js';
import { describe } from './describe.js';
import { keep, keptId } from './keep.js';
import { Misuse, oneUri, readArguments, seconds, text, type Parsed } from '../command-line/command-line.js';
import { exitCodeOf, exitCodes, type ExitCode, type RequestResult } from '../command-line/exit-codes.js';
import { fileReason } from '../config/file-reason.js';
import { print, printPage } from '../output/terminal.js';

export const publishHelp = `Usage: nksip-ts publish URI --event E [options]

Sends one PUBLISH and prints the response, its SIP-ETag and its Expires.

  --event E          the event package (required), e.g. presence, or nkpublish, NkSIP's test
                     package, which accepts any body
  --expires N        requested lifetime in seconds; 0 removes the publication
  --body TEXT|@FILE  the state to publish, or a file that contains it
  --content-type T   media type of the body (default: that of the package, else text/plain)
  --if-match TAG     the SIP-ETag of the last response: refreshes the publication; with
                     --body modifies it; with --expires 0 removes it
  --keep             keep running, and refresh the publication, until Ctrl-C; then it is
                     removed
  --from URI         who publishes (default: the URI)
${clientHelp}
Examples, the second one with the SIP-ETag that the first one printed:
  nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --body hello --expires 60
  nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --if-match TAG --expires 0
  nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --body lit --keep
`;

export const optionsHelp = `Usage: nksip-ts options URI [options]

Sends one OPTIONS and prints what the server can do.

  --from URI         the sender (default: the URI)
${clientHelp}`;

const publishFlags = {
  'event': { type: 'string' }, 'expires': { type: 'string' }, 'body': { type: 'string' },
  'content-type': { type: 'string' }, 'if-match': { type: 'string' }, 'keep': { type: 'boolean' }, ...clientFlags,
} as const;

export async function publish(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, publishFlags);
  if (parsed.flags['help'] === true) return help(publishHelp);
  const uri = oneUri(parsed.words, 'publish');
  const event = text(parsed, 'event');
  if (event === undefined) throw new Misuse('publish wants --event, for example --event presence.');
  const options = { event, ...await publishOptions(parsed) };
  if (parsed.flags['keep'] === true) return await keepPublished(parsed, uri, options);
  return await asClient(parsed, uri, (service, common) => uac.publish(service, uri, { ...options, ...common }), published);
}

const published = ['SIP-ETag', 'Expires', 'Min-Expires', 'Allow-Events', 'Accept', 'Retry-After'] as const;

type PublishOptions = { readonly event: string } & Awaited<ReturnType<typeof publishOptions>>;

async function keepPublished(parsed: Parsed, uri: string, { body, ...options }: PublishOptions): Promise<ExitCode> {
  // RFC 3903 4.4: if the server has lost it, the whole state is published anew.
  if (body === undefined) throw new Misuse('--keep wants --body with what to publish, so that it can be published again if the server loses it.');
  if (options.expires === 0) throw new Misuse('--keep wants something to keep: leave out --expires 0.');
  const client = await startClient(parsed, uri);
  try {
    return await keep(client, {
      event: 'uac_auto:publication', headers: published, goodbye: 'Removing the publication.',
      start: () => startPublish(client.service, keptId, uri, { body, ...options, ...client.common }),
      stop: () => stopPublish(client.service, keptId),
    });
  } finally {
    await client.service.stop();
  }
}

export async function options(args: readonly string[]): Promise<ExitCode> {
  const parsed = readArguments(args, clientFlags);
  if (parsed.flags['help'] === true) return help(optionsHelp);
  const uri = oneUri(parsed.words, 'options');
  return await asClient(parsed, uri, (service, common) => uac.options(service, uri, common), ['Allow', 'Allow-Events', 'Accept', 'Supported', 'Server']);
}

async function publishOptions(parsed: Parsed) {
  const expires = seconds(parsed, 'expires');
  const body = text(parsed, 'body');
  const content_type = text(parsed, 'content-type');
  const sip_if_match = text(parsed, 'if-match');
  if (body === undefined && sip_if_match === undefined) throw new Misuse('publish wants --body with what to publish, or --if-match TAG for what was published before.');
  return {
    ...(expires === undefined ? undefined : { expires }),
    ...(body === undefined ? undefined : { body: await bodyOf(body) }),
    ...(content_type === undefined ? undefined : { content_type }),
    ...(sip_if_match === undefined ? undefined : { sip_if_match }),
  };
}

async function bodyOf(given: string): Promise<string | Uint8Array> {
  if (!given.startsWith('@')) return given;
  const file = given.slice(1);
  try {
    return await readFile(file);
  } catch (error) {
    throw new Misuse(`The file '${file}' of --body cannot be read: ${fileReason(error, file)}.`);
  }
}

/** One request from a service that lives just for it, and what is worth reading of the response. */
async function asClient(parsed: Parsed, uri: string, send: Send, headers: readonly string[]): Promise<ExitCode> {
  const client = await startClient(parsed, uri);
  try {
    const result = await client.patiently(send(client.service, client.common));
    print(...describe(result, headers));
    client.tellNext(result, { ifMatch: text(parsed, 'if-match') !== undefined });
    return exitCodeOf(result);
  } finally {
    await client.service.stop();
  }
}

type Send = (service: Service, common: Client['common']) => Promise<RequestResult>;

function help(text: string): ExitCode {
  printPage(text);
  return exitCodes.ok;
}

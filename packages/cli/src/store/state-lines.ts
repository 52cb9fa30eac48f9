import { printableJson } from '@nksip-ts/core';
import type { Publication, RegPublish } from '@nksip-ts/event-compositor';
import { Misuse } from '../command-line/command-line.js';
import { faultOfPublication } from './importable.js';

const FORMAT = 'nksip-ts event state';
const VERSION = 1;
/** Bytes of a line: no body is as long. */
const LONGEST = 64 * 1024 * 1024;

/** Leaves out the mark that an editor may have put at the beginning. */
const decoder = new TextDecoder('utf-8', { fatal: true });

export function headerLine(service: string): string {
  return line({ format: FORMAT, version: VERSION, service });
}

export function publicationLine({ aor: { scheme, user, domain }, tag, record: { data, ...rest } }: Publication): string {
  return line({ aor: { scheme, user, domain }, tag, ...rest, data: Buffer.from(data).toString('base64') });
}

export function endLine(publications: number): string {
  return line({ end: publications });
}

function line(value: object): string {
  // A user's name has what its URI escaped, and standard output may be a terminal.
  return printableJson(`${JSON.stringify(value)}\n`);
}

/** Lines with their numbers, from 1; an end without a line feed is a line too. Throws Misuse where one is no UTF-8: it would be stored for another user. */
export async function* linesOf(chunks: AsyncIterable<string | Uint8Array>): AsyncIterable<readonly [number: number, text: string]> {
  let number = 0;
  let rest = '';
  for await (const chunk of chunks) {
    // As latin1 no letter is cut where a chunk ends.
    const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST) throw wrong(number + 1, 'it is too long');
    for (const line of lines) yield [++number, textOf(number, line)];
  }
  if (rest !== '') yield [++number, textOf(number, rest)];
}

function textOf(number: number, latin1: string): string {
  try {
    return decoder.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    throw wrong(number, 'it is no UTF-8');
  }
}

/** The service whose state follows. */
export function readHeader([number, text]: readonly [number, string]): string {
  const { format, version, service } = objectOf(number, text);
  if (format !== FORMAT || typeof service !== 'string') throw wrong(number, 'no export of event state begins so');
  if (version !== VERSION) throw wrong(number, `its version is ${String(version)}, and this command reads version ${VERSION}`);
  return service;
}

/** A publication that a PUBLISH could have made, or at the end the number of them. */
export function readLine([number, text]: readonly [number, string]): Publication | number {
  const line = objectOf(number, text);
  if (typeof line['end'] === 'number') return line['end'];
  const { aor, tag, data, event, expires } = line;
  const { scheme, user, domain } = typeof aor === 'object' && aor !== null ? aor as Record<string, unknown> : {};
  if (!isText(scheme) || !isText(user) || !isText(domain)) throw wrong(number, 'its aor has no scheme, user and domain');
  if (!isText(tag) || !isText(event)) throw wrong(number, 'its tag and its event must be texts');
  if (typeof expires !== 'number') throw wrong(number, 'its expires must be a number');
  if (!isText(data) || !isBase64(data)) throw wrong(number, 'its data is no base64');
  const publication = {
    aor: { scheme, user, domain }, tag,
    record: { data: new Uint8Array(Buffer.from(data, 'base64')), event, expires, ...optionalFields(number, line) },
  };
  const fault = faultOfPublication(publication);
  if (fault !== undefined) throw wrong(number, fault);
  return publication;
}

function optionalFields(number: number, { content_type, content_encoding, publisher, since }: Record<string, unknown>): Partial<RegPublish> {
  for (const [name, value] of Object.entries({ content_type, content_encoding, publisher })) {
    if (value !== undefined && !isText(value)) throw wrong(number, `its ${name} must be a text`);
  }
  if (since !== undefined && typeof since !== 'number') throw wrong(number, 'its since must be a number');
  return {
    ...(isText(content_type) && { content_type }), ...(isText(content_encoding) && { content_encoding }),
    ...(isText(publisher) && { publisher }), ...(typeof since === 'number' && { since }),
  };
}

export function wrong(number: number, reason: string): Misuse {
  return new Misuse(`Line ${number} cannot be read: ${reason}. What the lines before it have stays stored; mend the file and run the import again.`);
}

function objectOf(number: number, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch { /* said below */ }
  throw wrong(number, 'it is no JSON object; perhaps the file was cut off');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

import { NksipError } from '@nksip-ts/core';
import type { StartPublishOptions } from './publication.js';
import type { StartRegisterOptions } from './registration.js';

/** Letters of an id: it stands in the log. */
const longestId = 200;

const refuseOption = (option: string, given: unknown, reason: string): never => { throw new NksipError('invalid_option', { option, given, reason }); };
const refuseArgument = (argument: string, given: unknown, reason: string): never => { throw new NksipError('invalid_argument', { argument, given, reason }); };

/** Throws `invalid_argument`. */
export function checkId(id: string): void {
  if (typeof id !== 'string' || id === '' || id.length > longestId) refuseArgument('id', id, `write a text of 1 to ${longestId} letters`);
}

/** Throws `invalid_argument`, or `invalid_option` for what cannot be kept alive. What `uac.register` refuses it refuses itself. */
export function checkRegister(options: StartRegisterOptions): void {
  refuseNone(options);
  refuseGiven(options, ['unregister', 'unregister_all'], 'stopRegister removes it: leave it out');
  refuseGiven(options, ['cseq_num'], 'each request has the next one: leave it out');
  if (options.contact === false || options.contact === '*') refuseOption('contact', options.contact, 'it must be a contact to keep');
  refuseNoTime(options.expires, 'stopRegister');
}

/** The same for `startPublish`. */
export function checkPublish(options: StartPublishOptions): void {
  refuseNone(options);
  refuseGiven(options, ['cseq_num'], 'each request has the next one: leave it out');
  refuseNoTime(options.expires, 'stopPublish');
  if (!isBody(options.body)) refuseOption('body', options.body, 'it must be a text or bytes, and not empty');
}

/** RFC 3903 4.1: without a body nothing is published. Throws `invalid_argument`. */
export function checkBody(body: string | Uint8Array): void {
  if (!isBody(body)) refuseArgument('body', body, 'write a text or bytes, and not empty');
}

function isBody(body: unknown): boolean {
  return (typeof body === 'string' || body instanceof Uint8Array) && body.length > 0;
}

/** For JavaScript. */
function refuseNone(options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) refuseArgument('options', options, 'write an object, such as { expires: 600 }');
}

function refuseGiven(options: object, names: readonly string[], reason: string): void {
  for (const name of names) {
    const given: unknown = Reflect.get(options, name);
    if (given !== undefined) refuseOption(name, given, reason);
  }
}

function refuseNoTime(expires: number | undefined, instead: string): void {
  if (expires === 0) refuseOption('expires', expires, `${instead} removes it: write at least 1`);
}

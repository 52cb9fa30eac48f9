import { isThenable, NksipError } from '@nksip-ts/core';
import { parseMediaType } from '@nksip-ts/sip';
import type { EventPackage, StateDocument } from './event-package.js';

/** Whether it is a document that can be sent. */
export function isDocument(value: unknown): value is StateDocument {
  const { data, content_type }: { readonly data?: unknown; readonly content_type?: unknown } = typeof value === 'object' && value !== null ? value : {};
  return data instanceof Uint8Array && typeof content_type === 'string' && (data.length === 0 || isMediaType(content_type));
}

function isMediaType(text: string): boolean {
  return /^[\w.+-]+\/[\w.+-]+$/.test(text) || (/^[\x20-\x7e]+$/.test(text) && parseMediaType(text) !== undefined);
}

/** What a function of a package has returned. Throws `callback_error` for what is no document: packages may be JavaScript. */
export function checked(document: StateDocument, { name }: EventPackage, callback: 'compose' | 'neutral' | 'finish'): StateDocument {
  return isDocument(document) ? document : refuse(`${callback} of the event package ${name}`, document, 'it must be { data: Uint8Array, content_type }');
}

/** The same of `validate`. */
export function checkedReason(reason: unknown, { name }: EventPackage): string | undefined {
  return reason === undefined || typeof reason === 'string' ? reason : refuse(`validate of the event package ${name}`, reason, 'it must be a text, or undefined');
}

function refuse(callback: string, returned: unknown, reason: string): never {
  // A rejection that nobody takes would end the process.
  if (isThenable(returned)) returned.then(undefined, () => undefined);
  throw new NksipError('callback_error', { callback, returned, reason });
}

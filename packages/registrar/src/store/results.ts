import { reasonOf as shown, type End } from '@nksip-ts/core';
import type { RegContact, StoredContacts } from './contract.js';
import { wrongResult } from './wrong-result.js';

/** The end of the year 9999, in seconds since 1970: a larger number is not in seconds. */
const LAST_SECOND = 253_402_300_799;

// What the operations of a store may return, checked at the end of the chain. Each throws `callback_error` for anything else.

export const ofGet: End<StoredContacts | undefined> = (result, owner) => {
  if (result === 'not_found') return undefined;
  const fault = faultOf(result);
  if (fault !== undefined) throw wrongResult(result, fault, owner);
  return result as StoredContacts;
};

export const ofWrite: End<'ok' | 'not_found'> = (result, owner) => {
  if (result === 'ok' || result === 'not_found') return result;
  throw wrongResult(result, "it must return 'ok' or 'not_found'", owner);
};

export const ofDelAll: End<'ok'> = (result, owner) => {
  if (result === 'ok') return result;
  throw wrongResult(result, "'del_all' must return 'ok'", owner);
};

/** What is wrong with a result of `get`, if anything is. */
export function faultOf(result: unknown): string | undefined {
  const { contacts, version }: Partial<Record<keyof StoredContacts, unknown>> = isObject(result) ? result : {};
  if (!Array.isArray(contacts)) return "'get' must return { contacts }, with a list of contacts, or 'not_found'";
  if (version !== undefined && (typeof version !== 'string' || version === '')) return `in what 'get' returns version must be a text or absent, not ${shown(version)}`;
  for (const contact of contacts) {
    const fault = contactFault(contact);
    if (fault !== undefined) return `in a contact of 'get' ${fault}`;
  }
  return undefined;
}

function contactFault(value: unknown): string | undefined {
  if (!isObject(value)) return `is ${shown(value)}`;
  const { contact, expires, call_id, cseq }: Partial<Record<keyof RegContact, unknown>> = value;
  if (typeof contact !== 'string') return `contact must be a text, not ${shown(contact)}`;
  if (typeof call_id !== 'string') return `call_id must be a text, not ${shown(call_id)}`;
  if (typeof cseq !== 'number') return `cseq must be a number, not ${shown(cseq)}`;
  if (typeof expires !== 'number' || !(expires >= 0 && expires <= LAST_SECOND)) return `expires must be a number of seconds since 1970, not ${shown(expires)}`;
  return optionalFault(value);
}

function optionalFault({ q, instance, reg_id, path, params, source }: Partial<Record<keyof RegContact, unknown>>): string | undefined {
  if (!isNumberOrAbsent(q)) return `q must be a number or absent, not ${shown(q)}`;
  if (instance !== undefined && typeof instance !== 'string') return `instance must be a text or absent, not ${shown(instance)}`;
  if (!isNumberOrAbsent(reg_id)) return `reg_id must be a number or absent, not ${shown(reg_id)}`;
  if (path !== undefined && !(Array.isArray(path) && path.every(isText))) return `path must be a list of texts or absent, not ${shown(path)}`;
  if (params !== undefined && !(isObject(params) && Object.values(params).every(isText))) return `params must be texts by name or absent, not ${shown(params)}`;
  return source === undefined || isSource(source) ? undefined : `source must be { transport, address, port } or absent, not ${shown(source)}`;
}

function isSource(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { transport, address, port }: Partial<Record<keyof NonNullable<RegContact['source']>, unknown>> = value;
  return typeof transport === 'string' && typeof address === 'string' && typeof port === 'number';
}

function isNumberOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'number';
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

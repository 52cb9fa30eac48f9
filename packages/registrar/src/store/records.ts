import { whenReady, type MaybePromise } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { contactsOfText, textOfContacts } from './contact-texts.js';
import type { RegContact, Registered, RegistrarStore } from './contract.js';

/** A record of such a store; `expires` in seconds since 1970. */
export interface VersionedRecord {
  readonly data: Uint8Array;
  readonly event: string;
  readonly expires: number;
}

/** A store of records with versions, by service, address and tag, such as the stores of event state. */
export interface VersionedRecords {
  get(srvId: string, aor: Aor, tag: string): MaybePromise<{ readonly data: Uint8Array; readonly version?: string } | undefined>;
  /** In one step: writes only if nothing is stored. */
  create(srvId: string, aor: Aor, tag: string, record: VersionedRecord, ttl: number): MaybePromise<boolean>;
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- without previousVersion the result does not matter
  put(srvId: string, aor: Aor, tag: string, record: VersionedRecord, ttl: number, previousVersion?: string): MaybePromise<boolean | void>;
  del(srvId: string, aor: Aor, tag: string, previousVersion?: string): MaybePromise<boolean>;
  delAll(srvId: string): MaybePromise<void>;
  list?(srvId: string): AsyncIterable<{ readonly aor: Aor; readonly record: VersionedRecord }>;
  /** How many records; 'unknown' where that cannot be told without listing them. */
  count?(srvId: string): MaybePromise<number | 'unknown'>;
}

/** The tag of the only record of an address. */
const TAG = 'contacts';

/** Registrations in a store of records, under a service name that no service can have: so they are never among its publications. */
export function registrationsIn(records: VersionedRecords): RegistrarStore {
  return {
    versions: true,
    get: (srvId, aor) => whenReady(records.get(placeOf(srvId), aor, TAG), (found) => found === undefined ? undefined : {
      contacts: contactsIn(found),
      ...(found.version !== undefined && { version: found.version }),
    }),
    put: (srvId, aor, contacts, ttl, previousVersion) => {
      const record = { data: Buffer.from(textOfContacts(contacts)), event: 'reg', expires: Math.max(...contacts.map(({ expires }) => expires)) };
      return previousVersion === ''
        ? records.create(placeOf(srvId), aor, TAG, record, ttl)
        : records.put(placeOf(srvId), aor, TAG, record, ttl, previousVersion);
    },
    del: (srvId, aor, previousVersion) => records.del(placeOf(srvId), aor, TAG, previousVersion),
    delAll: (srvId) => records.delAll(placeOf(srvId)),
    ...(records.list !== undefined && { list: (srvId: string) => listed(records, srvId) }),
    ...(records.count !== undefined && { count: (srvId: string) => records.count?.(placeOf(srvId)) ?? 'unknown' }),
  };
}

async function* listed(records: VersionedRecords, srvId: string): AsyncIterable<Registered> {
  for await (const { aor, record } of records.list?.(placeOf(srvId)) ?? []) yield { aor, contacts: contactsIn(record) };
}

function contactsIn({ data }: Pick<VersionedRecord, 'data'>): readonly RegContact[] {
  return contactsOfText(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
}

const suffix = '\nregistrations';

function placeOf(srvId: string): string {
  return srvId + suffix;
}

/** Whether what a store has under this service name are registrations. */
export function isRegistrations(srvId: string): boolean {
  return srvId.endsWith(suffix);
}

import { isUtf8 } from 'node:buffer';
import type { Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Watcher } from '@nksip-ts/event-notifier';
import type { RegContact } from '@nksip-ts/registrar';
import { formatAor } from '@nksip-ts/sip';
import type { PublicationView, RegistrationView, WatcherView } from '../contract/objects.js';

export function viewOf({ aor, tag, record }: Publication, withBody: boolean): PublicationView {
  return {
    uri: formatAor(aor), event: record.event, tag,
    ...(record.content_type !== undefined && { type: record.content_type }),
    size: record.data.length, expires_in: secondsUntil(record.expires),
    ...(record.since !== undefined && { since: timeOf(record.since) }),
    ...(record.publisher !== undefined && { source: record.publisher }),
    ...(withBody && bodyOf(record.data)),
  };
}

export function watcherViewOf({ id, aor, event, decision, from, user, contact, transport, source, since, expires, notified }: Watcher): WatcherView {
  return {
    id, uri: formatAor(aor), event, state: decision === 'confirm' ? 'pending' : 'active', watcher: from, ...(user !== undefined && { user }),
    contact, transport, source, expires_in: secondsUntil(expires), since: timeOf(since), notifies: notified,
  };
}

export function registrationViewOf(aor: Publication['aor'], { contact, expires, q, call_id, cseq, instance, reg_id, path, source }: RegContact): RegistrationView {
  return {
    uri: formatAor(aor), contact, expires_in: secondsUntil(expires), ...(q !== undefined && { q }), call_id, cseq,
    ...(instance !== undefined && { instance }), ...(reg_id !== undefined && { reg_id }), ...(path !== undefined && { path: [...path] }),
    ...(source !== undefined && { source: `${source.transport}:${source.address}:${source.port}` }),
  };
}

/** As text where it is one, byte for byte; else in base64. */
export function bodyOf(data: RegPublish['data']): { readonly body: string; readonly encoding: 'text' | 'base64' } {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return isUtf8(bytes) ? { body: bytes.toString(), encoding: 'text' } : { body: bytes.toString('base64'), encoding: 'base64' };
}

/** Whole seconds until a moment in seconds since 1970; 0: it is over. */
export function secondsUntil(expires: number): number {
  return Math.max(0, Math.ceil(expires - Date.now() / 1000));
}

/** A moment in seconds since 1970, as ISO 8601 has it. */
export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Whether a URI, or the user in it, begins so. */
export function beginsWith(uri: string, prefix: string): boolean {
  return uri.startsWith(prefix) || uri.startsWith(prefix, uri.indexOf(':') + 1);
}

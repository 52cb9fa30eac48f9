import { shortTag, type ReplyOptions } from '@nksip-ts/core';
import type { PublicationReason } from '../events.js';
import type { PublishRequest } from './request.js';

/** What a PUBLISH did. 'repeat': nothing, since it was carried out before and is answered again. */
export type PublishKind = Extract<PublicationReason, 'initial' | 'refresh' | 'modify' | 'remove'> | 'repeat';

/** What the log says of a PUBLISH that is answered 200; `expires` in seconds. */
export function logOf(kind: PublishKind, { event, user }: PublishRequest, tag: string, expires: number): NonNullable<ReplyOptions['log']> {
  return { event, kind, tag: shortTag(tag), expires, ...(user !== undefined && { user }) };
}

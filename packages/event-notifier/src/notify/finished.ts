import type { NotifyOptions } from '@nksip-ts/core';
import { checked } from '../package/checked.js';
import type { StateDocument } from '../package/event-package.js';
import type { WatcherRecord } from '../watcher/record.js';

/** The last step, for one watcher. */
export function finished(record: WatcherRecord, document: StateDocument): StateDocument {
  const { type, accept, filter, watched: { pack } } = record;
  const version = record.version++;
  return pack.finish === undefined ? document : checked(pack.finish(document, { version, type, accept, ...(filter !== undefined && { filter }) }), pack, 'finish');
}

/** A document without bytes is no body. */
export function contentOf(document: StateDocument | undefined): Pick<NotifyOptions, 'body' | 'content_type'> {
  return document === undefined || document.data.length === 0 ? {} : { body: document.data, content_type: document.content_type };
}

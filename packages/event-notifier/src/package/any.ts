import { bareType } from './sources.js';
import type { EventPackage, StateDocument, WatchedState } from './event-package.js';

/** For an event package without a definition: sends the newest publication as it is, of any type. */
export function anyPackage(name: string): EventPackage {
  return { name, types: ['*/*'], defaultExpires: 3600, minInterval: 1, compose: newest, neutral: () => empty };
}

const empty: StateDocument = { data: new Uint8Array(0), content_type: '' };

function newest({ publications, hard }: WatchedState): StateDocument {
  const last = publications.at(-1)?.record;
  return last === undefined ? hard ?? empty : { data: last.data, content_type: bareType(last.content_type ?? '') };
}

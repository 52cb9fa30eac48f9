import { bareType } from './sources.js';
import type { EventPackage, StateDocument, WatchedState } from './event-package.js';

/** For an event package without a definition: sends the newest publication as it is, of any type. */
export function anyPackage(name: string): EventPackage {
  return { name, types: ['*/*'], defaultExpires: 3600, minInterval: 1, compose: newest, neutral: () => empty };
}

const empty: StateDocument = { data: new Uint8Array(0), content_type: '' };

function newest({ publications, hard }: WatchedState): StateDocument {
  const last = publications.at(-1)?.record;
  return last === undefined ? hard ?? empty : { data: last.data, content_type: typeToSend(last.content_type ?? '') };
}

/** Of these nobody can read a body without the parameters (RFC 2046 5.1.1, RFC 8551 3.2). */
const needsParameters = /^(?:multipart\/|application\/pkcs7-mime\b)[\x20-\x7e]{1,256}$/i;

/** Else without parameters: there are phones that refuse any. */
function typeToSend(contentType: string): string {
  return needsParameters.test(contentType) ? contentType : bareType(contentType);
}

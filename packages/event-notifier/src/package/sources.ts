import { readRoot, readXml, type XmlDocument } from '../xml/read.js';
import type { XmlRoot } from '../xml/usual.js';
import type { StateDocument, WatchedState } from './event-package.js';

/** One of the documents from which another is composed. */
export interface Source {
  readonly document: StateDocument;
  readonly xml: XmlDocument;
  /** Who published it; undefined: unknown. */
  readonly publisher: string | undefined;
  /** Distinguishes this source from the others of its address, for as long as it exists. */
  readonly tag: string;
}

/** The media type without parameters, in lower case. */
export function bareType(contentType: string): string {
  if (/^[a-z/+-]+$/.test(contentType)) return contentType;
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Parses the document only when more of it than its root is needed. */
class ReadLater implements Source {
  #xml: XmlDocument | undefined;

  constructor(readonly document: StateDocument, readonly publisher: string | undefined, readonly tag: string) {}

  get xml(): XmlDocument {
    return this.#xml ??= this.#read();
  }

  #read(): XmlDocument {
    const xml = readXml(this.document.data);
    if (typeof xml === 'string') throw new Error(`a document whose root could be read cannot be read: ${xml}`);
    return xml;
  }
}

/**
 * The readable documents of this type with this root, the newest first, hard state last. Stored documents that cannot be read are left
 * out, so that the others are still shown.
 */
export function sourcesOf({ publications, hard }: WatchedState, type: string, isRoot: (root: XmlRoot) => boolean): readonly Source[] {
  const published = publications.toReversed().map(({ tag, record: { data, content_type, publisher } }) => ({ tag, data, publisher, content_type: bareType(content_type ?? type) }));
  const all = hard === undefined ? published : [...published, { ...hard, tag: '', publisher: undefined, content_type: bareType(hard.content_type) }];
  const sources: Source[] = [];
  for (const { tag, publisher, data, content_type } of all) {
    const root = content_type === type ? readRoot(data) : '';
    if (typeof root !== 'string' && isRoot(root)) sources.push(new ReadLater({ data, content_type }, publisher, tag));
  }
  return sources;
}

import { readRoot, readXml, type XmlDocument } from '../xml/read.js';
import type { XmlRoot } from '../xml/usual.js';
import type { StateDocument, WatchedState } from './event-package.js';

/** A document out of which another is composed. */
export interface Source {
  readonly document: StateDocument;
  readonly xml: XmlDocument;
  /** Who published it; undefined: nobody knows. */
  readonly publisher: string | undefined;
  /** Tells this source from the others of one address, and stays as long as it does. */
  readonly tag: string;
}

/** The media type without parameters, in lower case. */
export function bareType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** What is read of a document, when somebody needs more of it than its root. */
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
 * What can be read of this type with this root, the newest first, and hard state last. What was stored and cannot be read is left
 * out: it is no loss for others.
 */
export function sourcesOf({ publications, hard }: WatchedState, type: string, isRoot: (root: XmlRoot) => boolean): readonly Source[] {
  const published = publications.toReversed().map(({ tag, record: { data, content_type, publisher } }) => ({ tag, data, publisher, content_type: bareType(content_type ?? type) }));
  const all = hard === undefined ? published : [...published, { ...hard, tag: '', publisher: undefined, content_type: bareType(hard.content_type) }];
  return all.flatMap(({ tag, publisher, data, content_type }) => {
    const root = content_type === type ? readRoot(data) : '';
    return typeof root === 'string' || !isRoot(root) ? [] : [new ReadLater({ data, content_type }, publisher, tag)];
  });
}

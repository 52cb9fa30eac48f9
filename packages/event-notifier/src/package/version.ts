import { withAttribute } from '../xml/write.js';
import type { StateDocument } from './event-package.js';

/** All up to the name of the root element: declaration, comments, white space. */
const beforeAttributes = /^\uFEFF?(?:[ \t\r\n]|<\?[^]*?\?>|<!--[^]*?-->)*<[^ \t\r\n>/]+/;

/** RFC 4235 4.1, RFC 3680 5.1: the version is of one subscription, from 0 up; what we send is the whole state. The rest stays byte for byte. */
export function withVersion({ data, content_type }: StateDocument, version: number): StateDocument {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  const [before = ''] = beforeAttributes.exec(text) ?? [];
  const rest = withAttribute(withAttribute(text.slice(before.length), 'version', String(version)), 'state', 'full');
  return { data: Buffer.from(before + rest), content_type };
}

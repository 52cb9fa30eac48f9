import { publishLines, replaced } from '../sip/message-text.ts';

/** A text that grows with `size`, made to catch a reader that looks back or ahead too often. */
export type LongRun = (size: number) => string;

/** Values of header fields and URIs. */
export const longValues: Readonly<Record<string, LongRun>> = {
  spaces: (size) => ' '.repeat(size),
  'spaces and a letter': (size) => `${' '.repeat(size)}x`,
  'an open quote': (size) => `"${'a'.repeat(size)}`,
  quotes: (size) => `${'"'.repeat(size)}<sip:a@b>`,
  'escapes in a quote': (size) => `"${'\\"'.repeat(size / 2)}" <sip:a@b>`,
  'open brackets': (size) => '<'.repeat(size),
  commas: (size) => ','.repeat(size),
  'addresses': (size) => '<sip:a@b>,'.repeat(size / 10),
  'parameters of one name': (size) => `<sip:a@b>${';x'.repeat(size / 2)}`,
  'parameters of many names': (size) => `<sip:a@b>${Array.from({ length: size / 7 }, (_, i) => `;p${i}=${i % 10}`).join('')}`,
  'parameters of a token': (size) => `presence${Array.from({ length: size / 7 }, (_, i) => `;p${i}="${i % 10}"`).join('')}`,
  'nested comments': (size) => `5 ${'('.repeat(size / 2)}${')'.repeat(size / 2)}`,
  'open comments': (size) => `5 ${'(\\'.repeat(size / 2)}`,
  digits: (size) => '9'.repeat(size),
  'a digit and digits': (size) => `1 ${'0'.repeat(size)}x`,
  'a user of escapes': (size) => `sip:${'%41'.repeat(size / 3)}@b`,
  'a user of octets that are no letters': (size) => `sip:${'%E9'.repeat(size / 3)}@b`,
  'a percent sign and what follows it in an escape': (size) => `sip:${'%25'.repeat(size / 6)}${'25'.repeat(size / 4)}@b`,
  'a host of dots': (size) => `sip:a@${'b.'.repeat(size / 2)}`,
  'parameters of a URI': (size) => `sip:a@b${Array.from({ length: size / 7 }, (_, i) => `;p${i}=%41`).join('')}`,
  'headers of a URI': (size) => `sip:a@b?${'a=%41&'.repeat(size / 6)}`,
  'an open IPv6 address': (size) => `sip:a@[${':'.repeat(size)}`,
  colons: (size) => ':'.repeat(size),
  slashes: (size) => `SIP${' / '.repeat(size / 3)}`,
  vias: (size) => 'SIP/2.0/UDP a;branch=b,'.repeat(size / 23),
  'auth-params': (size) => `Digest ${Array.from({ length: size / 9 }, (_, i) => `p${i}="\\"",`).join('')}`,
  'auth-params without end': (size) => `Digest a="${'\\"'.repeat(size / 2)}`,
  'media ranges': (size) => 'a/b;q=0.5,'.repeat(size / 10),
  'letters beyond ASCII': (size) => '\u00fc'.repeat(size),
  folds: (size) => `a${'\r\n '.repeat(size / 3)}b`,
  'slashes and equals': (size) => '/='.repeat(size / 2),
};

const names = ['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Event', 'Expires', 'Content-Type', 'Content-Length', 'Max-Forwards', 'Contact', 'Authorization', 'Accept', 'Retry-After', 'SIP-If-Match', 'X-Any'];

/** The good PUBLISH with `value` as a header, a request-URI or a method. */
export function withLongValue(name: string, value: string): string {
  const lines = replaced(publishLines, `${name}:`);
  lines.splice(1, 0, `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

export const longFieldNames: readonly string[] = names;

/** Whole messages that grow. */
export const longMessages: Readonly<Record<string, LongRun>> = {
  'header fields': (size) => `${[...publishLines, ...Array.from({ length: size / 8 }, (_, i) => `X${i}: y`)].join('\r\n')}\r\n\r\n`,
  'fields of one name': (size) => `${publishLines[0]!}\r\n${'Via: SIP/2.0/UDP a\r\n'.repeat(size / 20)}\r\n`,
  'empty names': (size) => `${publishLines[0]!}\r\n${':\r\n'.repeat(size / 3)}\r\n`,
  'line ends before it': (size) => `${'\r\n'.repeat(size / 2)}${publishLines.join('\r\n')}\r\n\r\n`,
  'line feeds': (size) => `${publishLines[0]!}\n ${'\n '.repeat(size / 2)}\n\n`,
  'carriage returns': (size) => `${publishLines[0]!}${'\r'.repeat(size)}\r\n\r\n`,
  'a request-URI': (size) => `PUBLISH sip:${'a;'.repeat(size / 2)}@b SIP/2.0\r\n${publishLines.slice(1).join('\r\n')}\r\n\r\n`,
  'a method': (size) => `${'A'.repeat(size)} sip:a@b SIP/2.0\r\n\r\n`,
  'a version': (size) => `PUBLISH sip:a@b SIP/${'2'.repeat(size)}.0\r\n\r\n`,
  'a reason phrase': (size) => `SIP/2.0 200 ${'\u00fc'.repeat(size)}\r\n\r\n`,
};

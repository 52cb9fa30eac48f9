import * as sip from '@nksip-ts/sip';
import { must } from './target.ts';

type Reader = (text: string) => unknown;

/** Every reader of a text that the package exports: one that is added is tried without anybody thinking of it. */
export const readers: Readonly<Record<string, Reader>> = Object.fromEntries(
  Object.entries(sip).flatMap(([name, value]): [string, Reader][] => {
    const isReader = /^parse.|^splitCommaList$|^unquote$|^isToken$|^headerIdOf$/.test(name);
    return isReader && typeof value === 'function' ? [[name, value as Reader]] : [];
  }),
);

function again<T>(read: (text: string) => T | undefined, write: (value: T) => string): Reader {
  return (text) => {
    const value = read(text);
    if (value === undefined) return;
    const written = write(value);
    const second = read(written);
    must(second !== undefined, `${read.name} does not take what was written of ${JSON.stringify(text)}: ${JSON.stringify(written)}`);
    must(write(second) === written, `${read.name} reads something else out of ${JSON.stringify(written)}`);
  };
}

const writers: readonly Reader[] = [
  again(sip.parseUri, sip.formatUri), again(sip.parseAor, sip.formatAor), again(sip.parseNameAddr, sip.formatNameAddr), again(sip.parseVia, sip.formatVia),
  again(sip.parseChallenge, sip.formatChallenge), again(sip.parseCredentials, sip.formatCredentials),
];

/** Has a text read by everything, and what was read written and read again. */
export function readAll(text: string): void {
  for (const read of Object.values(readers)) read(text);
  for (const roundTrip of writers) roundTrip(text);
  const uri = sip.parseUri(text);
  if (uri !== undefined) must(sip.sameUri(uri, uri), `${JSON.stringify(text)} is not the same as itself`);
}

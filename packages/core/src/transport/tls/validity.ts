import type { X509Certificate } from 'node:crypto';
import { show } from '../../errors.js';
import type { TlsFile } from './pem.js';

/** When a certificate is valid (ms of the time of day). */
export interface Validity {
  readonly option: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

export function validityOf({ option, path }: Pick<TlsFile, 'option' | 'path'>, { validFrom, validTo }: Pick<X509Certificate, 'validFrom' | 'validTo'>): Validity {
  return { option, file: path, from: Date.parse(validFrom), to: Date.parse(validTo) };
}

/** What is wrong with a certificate at this time, and what to do; undefined: nothing. */
export function whyNotValid({ option, file, from, to }: Validity, now: number): string | undefined {
  const which = `A certificate in ${option} ${show(file)}`;
  if (now > to) return `${which} expired at ${timeText(to)}, and whoever verifies it refuses it: have it renewed and replace the file.`;
  if (now < from) return `${which} is not valid before ${timeText(from)}, and whoever verifies it refuses it: set the clock of this machine, or use another certificate until then.`;
  return undefined;
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

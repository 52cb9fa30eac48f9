import { canonicalAor, parseAor, type Aor } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';

/** The address of record that a program gives, as a request for it has it. Throws `invalid_aor`. */
export function addressOf(aor: string | Aor): Aor {
  const address = typeof aor === 'string' ? parseAor(aor) : isAor(aor) ? canonicalAor(aor) : undefined;
  if (address === undefined) throw new NksipError('invalid_aor', { aor });
  return address;
}

/** For JavaScript. */
function isAor(aor: Aor | undefined | null): aor is Aor {
  return typeof aor?.scheme === 'string' && typeof aor.user === 'string' && typeof aor.domain === 'string';
}

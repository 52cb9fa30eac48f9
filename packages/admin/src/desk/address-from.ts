import { parseAor, type Aor } from '@nksip-ts/sip';
import { DeskError } from '../contract/desk-error.js';

/** Throws DeskError for what is no address of record. */
export function addressFrom(uri: string): Aor {
  const aor = parseAor(uri);
  if (aor === undefined) throw new DeskError('bad_request', 'The address is no SIP URI: write it as sip:alice@example.com.');
  return aor;
}

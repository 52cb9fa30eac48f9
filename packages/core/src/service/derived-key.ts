import { createHmac, randomBytes } from 'node:crypto';

/**
 * What one kind of hashes of a service is keyed with. Under one secret each kind has a key of its own, or a hash of one kind could pass
 * for one of another; without a secret the key is random, and good for this process alone.
 */
export function keyFor(kind: string, secret: string | undefined): string {
  return secret === undefined ? randomBytes(32).toString('hex') : createHmac('sha256', secret).update(kind).digest('hex');
}

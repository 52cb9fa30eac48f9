import { reasonOf } from '@nksip-ts/core';
import { DeskError } from './desk-error.js';
import type { Reloaded } from './objects.js';

/** Reads the configuration again. Throws DeskError that says why everything stays as it was. */
export async function reloadBy(reload: (() => Promise<Reloaded>) | undefined): Promise<Reloaded> {
  if (reload === undefined) throw new DeskError('not_supported', 'There is nothing to read again: the service was started by a program.');
  try {
    return await reload();
  } catch (error) {
    throw new DeskError('reload_failed', `Everything stays as it was. ${reasonOf(error)}`);
  }
}

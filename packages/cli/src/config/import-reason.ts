import { reasonOf } from '@nksip-ts/core';

/** Why a module could not be imported. A package of this project is found where it is installed, and not by a file elsewhere. */
export function importReason(error: unknown): string {
  const reason = reasonOf(error);
  const [, name] = /^Cannot find package '@nksip-ts\/([\w-]+)[^']*' imported from/.exec(reason) ?? [];
  if (name === undefined) return reason;
  const needed = [...new Set(name === 'sip' ? [name] : ['sip', 'core', name])].map((one) => `CHECKOUT/packages/${one}`);
  return `${reason}. A file outside of the checkout finds no package of it: run 'npm install ${needed.join(' ')}' in the folder of the file (CHECKOUT is where the checkout is), or do without that import`;
}

// `temporaryFolder` makes one, `removeFolder` takes it away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new, empty folder; `what` stands in its name. */
export function temporaryFolder(what = 'test'): string {
  return mkdtempSync(join(tmpdir(), `nksip-ts-${what}-`));
}

/** Also of what is gone already. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

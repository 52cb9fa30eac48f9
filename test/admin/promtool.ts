import { spawnSync } from 'node:child_process';
import { requireTool } from '../clients/tools.ts';

export interface Checked {
  readonly code: number;
  /** What it said. */
  readonly said: string;
}

export function promtool(args: readonly string[], input = ''): Checked {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { code: status ?? -1, said: stdout + stderr };
}

/** An `it` that needs promtool, of the Debian package prometheus. */
export function itWithPromtool(title: string, test: () => Promise<void> | void): void {
  it(title, async function () {
    requireTool(this, 'promtool', 'prometheus');
    await test();
  });
}

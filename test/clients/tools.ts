import { spawnSync } from 'node:child_process';

/**
 * Whether a program that a test needs is installed. If not, the test is skipped with the reason printed; with CI=true that is a
 * failure, for there everything must run.
 */
export function requireTool(test: Mocha.Context, program: string, debianPackage: string): void {
  if (!hasTool(program)) skipOrFail(test, `${program} is not installed: apt-get install ${debianPackage}`);
}

/** Skips a test for a reason; with CI=true it fails for it. */
export function skipOrFail(test: Mocha.Context, reason: string): never {
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(`    skipped: ${reason}`);
  return test.skip();
}

export function hasTool(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a file of this folder in a process of its own, and waits for its end, at most so many milliseconds; what it says on stderr is in the result. */
export function runChild(name: 'page-check-child' | 'reopen-child', args: readonly string[], longest: number): SpawnSyncReturns<string> {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url));
  // The sources need the loader of this process; built code needs nothing, and must not run what `node --eval` was given again.
  const options = isSource ? process.execArgv : [];
  return spawnSync(process.execPath, [...options, file, ...args], { timeout: longest, killSignal: 'SIGKILL', stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
}

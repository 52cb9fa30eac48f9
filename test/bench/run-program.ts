import { spawnSync } from 'node:child_process';
import { root } from '../../docs/generator/pages.ts';

/** As little as can be measured. */
export const few = ['--count', '20', '--rate', '1000', '--seconds', '0.02'];

/** One of `bench/`, to its end. */
export function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): { readonly out: string; readonly err: string; readonly code: number | null } {
  const node = ['--expose-gc', '--import', 'tsx', '-C', '@nksip-ts/source', `bench/${program}.mts`, ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, node, { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });
  return { out: stdout, err: stderr, code: status };
}

/** The cells of the rows of the first table, without its head. */
export function rows(out: string): readonly (readonly string[])[] {
  const lines = out.split('\n');
  const first = lines.findIndex((line) => line.startsWith('| '));
  const end = lines.findIndex((line, at) => at > first && !line.startsWith('| '));
  return lines.slice(first + 2, end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

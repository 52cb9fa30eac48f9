/** Another commit of the project, built in a folder for temporary files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './contenders.mts';

/** The folder in which it is until this process ends. Throws if there is no such commit, or it cannot be built. */
export function checkOut(revision: string): string {
  const commit = run(projectRoot, 'git', 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).trim();
  const folder = mkdtempSync(join(tmpdir(), 'nksip-ts-checkout-'));
  const root = join(folder, 'nksip-ts');
  process.once('exit', () => {
    spawnSync('git', ['worktree', 'remove', '--force', root], { cwd: projectRoot });
    rmSync(folder, { recursive: true, force: true });
  });
  run(projectRoot, 'git', 'worktree', 'add', '--detach', root, commit);
  install(root);
  run(root, 'npm', 'run', 'build');
  return root;
}

/** What is installed here will do if it is the same that is wanted there. */
function install(root: string): void {
  const lock = (folder: string): string => readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (lock(root) !== lock(projectRoot)) {
    run(root, 'npm', 'ci');
    return;
  }
  for (const folder of ['.', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))]) {
    const modules = join(projectRoot, folder, 'node_modules');
    if (existsSync(modules)) link(modules, join(root, folder, 'node_modules'));
  }
}

/** Packages from elsewhere are linked to; the links to packages of the project stay relative, so they lead to those of the checkout. */
function link(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.name.startsWith('@')) link(source, target);
    else symlinkSync(source, target);
  }
}

function run(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? (stderr.trim() || stdout.trim())}`);
  return stdout;
}

/** Another commit of the project, built in a folder for temporary files. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './contenders.mts';

export class Checkout {
  readonly root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nksip-ts-checkout-'));

  private constructor(readonly revision: string) {
    this.root = join(this.#folder, 'nksip-ts');
    process.once('exit', this.remove);
  }

  /** Throws if there is no such commit, or it cannot be built. */
  static make(revision: string): Checkout {
    const commit = run(projectRoot, 'git', 'rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`).trim();
    const checkout = new Checkout(revision);
    run(projectRoot, 'git', 'worktree', 'add', '--detach', checkout.root, commit);
    checkout.#install();
    run(checkout.root, 'npm', 'run', 'build');
    return checkout;
  }

  readonly remove = (): void => {
    process.off('exit', this.remove);
    spawnSync('git', ['worktree', 'remove', '--force', this.root], { cwd: projectRoot });
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /** What is installed here will do if it is the same that is wanted there. */
  #install(): void {
    const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
    if (lock(this.root) !== lock(projectRoot)) {
      run(this.root, 'npm', 'ci');
      return;
    }
    for (const folder of ['.', ...readdirSync(join(this.root, 'packages')).map((name) => join('packages', name))]) {
      const modules = join(projectRoot, folder, 'node_modules');
      if (existsSync(modules)) link(modules, join(this.root, folder, 'node_modules'));
    }
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

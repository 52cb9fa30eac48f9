import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inTerminal } from '../test/cli/in-terminal.ts';
import type { Machine } from './machine.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/operations.md'), 'utf8');

/** The commands of docs/operations.md under a name; what a reader is told to replace is replaced. Throws where the page has none. */
export function commandsOf(name: string, replaced: Readonly<Record<string, string>> = {}): string {
  const [, text] = new RegExp(`^\`\`\`sh ${name}\\n([^]*?)^\`\`\``, 'm').exec(page) ?? [];
  if (text === undefined) throw new Error(`docs/operations.md has no commands '${name}'`);
  return Object.entries(replaced).reduce((commands, [word, own]) => {
    if (!commands.includes(word)) throw new Error(`the commands '${name}' have no ${word}`);
    return commands.replaceAll(word, own);
  }, text);
}

/** Types the commands that ask for passwords in a terminal. */
export async function typeUsers(machine: Machine, folder: string, passwords: readonly string[]): Promise<void> {
  const answers = passwords.flatMap((password) => [['Password:', password], ['Once more:', password]] as const);
  const { code, shown } = await inTerminal(machine.words('script', '-qec', `bash -eo pipefail -c 'cd ${folder}\n${commandsOf('users')}'`, '/dev/null'), answers);
  if (code !== 0 || passwords.some((password) => shown.includes(password))) throw new Error(`the users were not made, or their passwords were shown:\n${shown}`);
}

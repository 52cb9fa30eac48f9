import type { ExitCode } from './exit-codes.js';

/** One command: what --help, the completion of shells, the man page and the documentation say of it comes from here. */
export interface CommandRow {
  /** What stands behind its name. */
  readonly words?: string;
  /** What its first word can be, where that is one of a few. */
  readonly choices?: readonly string[];
  /** In a few words. */
  readonly summary: string;
  /** What its --help prints: the usage, what it does, and the flags, which are read from here. */
  readonly help: string;
  run(args: readonly string[]): Promise<ExitCode>;
}

export type Commands = Readonly<Record<string, CommandRow>>;

/** A flag, as the help of a command has it. */
export interface FlagText {
  /** Without its dashes. */
  readonly name: string;
  /** What stands for its value, such as FILE; undefined: it takes none. */
  readonly value: string | undefined;
  /** In one line. */
  readonly text: string;
}

const flagLine = /^ {2}--([\w-]+)(?: (\S+))? {2,}(\S.*)$/;

/** The flags in a help text, each with the lines that follow it. */
export function flagsIn(help: string): readonly FlagText[] {
  const flags: { name: string; value: string | undefined; text: string }[] = [];
  let isOpen = false;
  for (const line of help.split('\n')) {
    const [, name, value, text = ''] = flagLine.exec(line) ?? [];
    if (name !== undefined) flags.push({ name, value, text });
    else if (isOpen && /^ {10,}\S/.test(line)) flags.push(continued(flags.pop(), line));
    isOpen = name !== undefined || (isOpen && /^ {10,}\S/.test(line));
  }
  return flags;
}

function continued(flag: FlagText | undefined, line: string): FlagText {
  const { name = '', value, text = '' } = flag ?? {};
  return { name, value, text: `${text} ${line.trim()}` };
}

/** A list of commands, as `nksip-ts --help` and the man page have it. */
export function commandList(commands: Commands): string {
  return Object.entries(commands).map(([name, { words, summary }]) => {
    const head = [name, words].filter((part) => part !== undefined).join(' ');
    return head.length < 14 ? `  ${head.padEnd(15)}${summary}` : `  ${head}\n${' '.repeat(17)}${summary}`;
  }).join('\n');
}

import { Misuse } from './command-line.js';
import { flagsIn, type Commands, type FlagText } from './command-table.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** Words that a flag can have, by its name. */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** What a shell is told of the command: `options` are those that --set takes. Throws Misuse for a shell that is none of ours. */
export function completionFor(given: string | undefined, commands: Commands, choices: Choices, options: readonly string[]): string {
  const shell = shells.find((known) => known === given);
  if (shell === undefined) throw new Misuse(`completion takes the name of a shell, ${shells.join(', ')}${given === undefined ? '' : `, not '${given}'`}.`);
  const rows = Object.entries(commands).map(([name, { summary, help, choices: words = name === 'help' ? Object.keys(commands) : [] }]) => ({ name, summary, words, flags: flagsIn(help) }));
  return scripts[shell]({ rows, choices: { ...choices, set: options.map((option) => `${option}=`) } });
}

interface Row {
  readonly name: string;
  readonly summary: string;
  /** What its first word can be; none: a file, or what nobody can guess. */
  readonly words: readonly string[];
  readonly flags: readonly FlagText[];
}

interface Words {
  readonly rows: readonly Row[];
  readonly choices: Choices;
}

const scripts: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish };

const takesFile = ({ value = '' }: FlagText): boolean => value.includes('FILE');

function bash({ rows, choices }: Words): string {
  const files = [...new Set(rows.flatMap(({ flags }) => flags.filter(takesFile).map(({ name }) => `--${name}`)))];
  return `# bash completion for nksip-ts
_nksip_ts() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${rows.map(({ name }) => name).join(' ')} --version --help' -- "$current"))
    return
  fi
  case "$before" in
    ${files.join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
${Object.entries(choices).map(([flag, words]) => `    --${flag}) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current"))${flag === 'set' ? '; compopt -o nospace' : ''}; return ;;`).join('\n')}
  esac
  if [[ "$current" != -* ]]; then
    case "\${COMP_WORDS[1]}.$COMP_CWORD" in
${rows.flatMap(({ name, words }) => words.length === 0 ? [] : [`      ${name}.2) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$current")) ;;`]).join('\n')}
      *) COMPREPLY=($(compgen -f -- "$current")) ;;
    esac
    return
  fi
  case "\${COMP_WORDS[1]}" in
${rows.map(({ name, flags }) => `    ${name}) COMPREPLY=($(compgen -W '${[...flags.map((flag) => `--${flag.name}`), '--help'].join(' ')}' -- "$current")) ;;`).join('\n')}
  esac
}
complete -o filenames -F _nksip_ts nksip-ts
`;
}

function zsh({ rows, choices }: Words): string {
  return `#compdef nksip-ts
# zsh completion for nksip-ts
_nksip_ts() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${rows.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  case $words[CURRENT-1] in
${Object.entries(choices).map(([flag, words]) => `    --${flag}) compadd${flag === 'set' ? " -S ''" : ''} -- ${words.join(' ')}; return ;;`).join('\n')}
  esac
  if [[ $words[CURRENT] != -* ]]; then
    case $words[2].$CURRENT in
${rows.flatMap(({ name, words }) => words.length === 0 ? [] : [`      ${name}.3) compadd -- ${words.join(' ')} ;;`]).join('\n')}
      *) _files ;;
    esac
    return
  fi
  local -a flags
  case $words[2] in
${rows.map(({ name, flags }) => `    ${name}) flags=(${flags.map((flag) => quoted(`--${flag.name}:${short(flag.text)}`)).join(' ')}) ;;`).join('\n')}
  esac
  _describe flag flags
}
if [ "$funcstack[1]" = "_nksip_ts" ]; then _nksip_ts "$@"; else compdef _nksip_ts nksip-ts; fi
`;
}

function fish({ rows, choices }: Words): string {
  const lines = rows.flatMap(({ name, flags }) => flags.map((flag) => {
    const words = choices[flag.name];
    const value = flag.value === undefined ? '' : words === undefined ? takesFile(flag) ? ' -r -F' : ' -x' : ` -x -a ${quoted(words.join(' '))}`;
    return `complete -c nksip-ts -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${value} -d ${quoted(short(flag.text))}`;
  }));
  return `# fish completion for nksip-ts
${rows.map(({ name, summary }) => `complete -c nksip-ts -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${rows.flatMap(({ name, words }) => words.length === 0 ? [] : [`complete -c nksip-ts -f -n '__fish_seen_subcommand_from ${name}' -a ${quoted(words.join(' '))}`]).join('\n')}
${lines.join('\n')}
`;
}

/** Its beginning: there is little room beside a flag. */
function short(text: string): string {
  const [first = ''] = text.split(/, e\.g\.|[:;(]|\. /);
  return first.trim();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

import { commandList, flagsIn, type Commands } from './command-table.js';

/** The man page, nksip-ts(1): what the help of all commands says. `ending`: what `nksip-ts --help` says behind the list of commands. */
export function manPage(commands: Commands, ending: string): string {
  const sections = Object.entries(commands).map(([name, { help }]) => [`.SS ${name}`, ...commandText(help)].join('\n'));
  return [
    '.\\" Made from the help of the commands by npm run docs: do not edit.',
    '.TH NKSIP-TS 1 "" "nksip-ts" "User Commands"',
    '.SH NAME', 'nksip-ts \\- a presence server (RFC 3903, RFC 6665), and what to try it with',
    '.SH SYNOPSIS', '.B nksip-ts', '.I COMMAND', '.RI [ options ]',
    '.SH DESCRIPTION', ...preformatted(commandList(commands)), ...preformatted(ending),
    '.SH COMMANDS', ...sections,
    '.SH ENVIRONMENT', '.TP', '.B NKSIP_TS_PASS', 'The password for publish, register, watch, options, passwd and ha1.',
    '.TP', '.BI NKSIP_TS_ OPTION',
    escaped("An option of serve, check and store, in capitals: NKSIP_TS_SIP_LISTEN is sip_listen. NKSIP_TS_CONFIG, NKSIP_TS_WORKERS and NKSIP_TS_LOG_FORMAT are the flags of these names. The command line goes before the environment, and that before the file of --config."),
    '.SH FILES', 'The documentation is in docs/ of the project: docs/command.md, docs/operations.md, docs/options.md.', '',
  ].join('\n');
}

function commandText(help: string): readonly string[] {
  const [head = '', ...blocks] = help.trimEnd().split('\n\n');
  return [
    ...preformatted(head.replace(/^Usage: /, '').replace(/\n {7}/g, '\n')),
    ...blocks.flatMap((block) => {
      const flags = flagsIn(block);
      if (flags.length > 0) return flags.flatMap(({ name, value, text }) => ['.TP', `.B \\-\\-${escaped(name)}${value === undefined ? '' : ` ${escaped(value)}`}`, escaped(text)]);
      return /^ /m.test(block) ? preformatted(block) : ['.PP', escaped(block)];
    }),
  ];
}

function preformatted(text: string): readonly string[] {
  return ['.PP', '.nf', escaped(text.trimEnd()), '.fi'];
}

/** groff takes a dot or a quote at the beginning of a line for a command. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^([.'])/gm, '\\&$1');
}

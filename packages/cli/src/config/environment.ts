import type { Parsed } from '../command-line/command-line.js';
import { inVariable, type Places } from '../command-line/option-place.js';
import { typedOptions, type Typed } from './set-flag.js';
import { READER_MARK, WORKER_MARK } from './process-marks.js';

const prefix = 'NKSIP_TS_';

/** Flags that are no options, and may stand in the environment as well. */
export const flagVariables: Readonly<Record<string, string>> = { config: `${prefix}CONFIG`, workers: `${prefix}WORKERS`, 'log-format': `${prefix}LOG_FORMAT` };

/** Of other commands, and of ours. */
const others: ReadonlySet<string> = new Set([WORKER_MARK, READER_MARK, `${prefix}PASS`, ...Object.values(flagVariables)]);

type Environment = Readonly<Record<string, string | undefined>>;

/** The command line, and under it such flags of the environment. */
export function withEnvironmentFlags(parsed: Parsed, environment: Environment, names: readonly string[] = Object.keys(flagVariables)): Parsed {
  const given = names.flatMap((name) => {
    const text = environment[flagVariables[name] ?? ''] ?? '';
    return text === '' ? [] : [[name, text]];
  });
  return { ...parsed, flags: { ...Object.fromEntries(given), ...parsed.flags } };
}

/** Options, and where they stand. */
export interface Given {
  readonly options: Readonly<Record<string, unknown>>;
  readonly places: Places;
}

/**
 * These options with those of the environment over them: NKSIP_TS_SIP_LISTEN is sip_listen. An empty variable is as good as none. `all`: the
 * same options, with what is usual. Rejects with Misuse for a variable that is no option, or as `start` does.
 */
export async function withEnvironment({ options, places }: Given, all: Given['options'], folders: readonly string[], environment: Environment = process.env): Promise<Given> {
  const typed = typedIn(environment);
  if (typed.size === 0) return { options, places };
  const own = Object.fromEntries([...typed.keys()].map((option) => [option, inVariable(option)]));
  const given = await typedOptions(typed, all, folders, { ...places, ...own });
  return { options: { ...options, ...given }, places: { ...places, ...own } };
}

function typedIn(environment: Environment): Typed {
  return new Map(Object.entries(environment).flatMap(([variable, text]) =>
    variable.startsWith(prefix) && !others.has(variable) && text !== undefined && text !== '' ? [[optionOf(variable), text]] : []));
}

function optionOf(variable: string): string {
  return variable.slice(prefix.length).toLowerCase();
}

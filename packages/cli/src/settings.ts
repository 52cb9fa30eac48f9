import { Misuse, texts, type Parsed } from './command-line.js';

/** `--set NAME=VALUE`, again and again: options of a service by name. Throws Misuse. */
export function settings(parsed: Parsed): Record<string, unknown> {
  return Object.fromEntries(texts(parsed, 'set').map((setting) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
    if (name === undefined || value === undefined) throw new Misuse(`--set wants NAME=VALUE, not '${setting}'.`);
    return [name, name === 'plugins' ? names(valueOf(value)) : valueOf(value)];
  }));
}

/** A number, true, false, a list, an object or a quoted text, if it reads as one in JSON; else the text as it stands. */
function valueOf(value: string): unknown {
  try {
    return JSON.parse(value) ?? value;
  } catch {
    return value;
  }
}

/** `a,b` for what `start` wants as a list. */
function names(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
}

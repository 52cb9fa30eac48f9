import { availableParallelism } from 'node:os';
import { Misuse, text, type Parsed } from './command-line.js';

/** A slip of the hand forks no thousands. */
const mostWorkers = 256;

/** From --workers, for a command that takes options only. Throws Misuse. */
export function workersOf(parsed: Parsed, command: string): number {
  if (parsed.words.length > 0) throw new Misuse(`'${parsed.words.join(' ')}' is one argument too many: ${command} takes options only.`);
  return workersIn(parsed);
}

/** How many processes --workers asks for. Throws Misuse. */
export function workersIn(parsed: Parsed): number {
  const given = text(parsed, 'workers') ?? '1';
  if (given === 'auto') return Math.min(availableParallelism(), mostWorkers);
  if (/^\d{1,3}$/.test(given) && Number(given) >= 1 && Number(given) <= mostWorkers) return Number(given);
  throw new Misuse(`--workers wants a number from 1 to ${mostWorkers}, or auto, not '${given}'.`);
}

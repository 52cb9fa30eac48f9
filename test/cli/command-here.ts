import sinon from 'sinon';
import { main } from '../../packages/cli/src/main.ts';
import type { Finished } from './command.ts';

/** A run of the command in this process, which is quick. What it prints goes nowhere else. */
export async function runHere(...args: readonly string[]): Promise<Finished> {
  const written = { out: '', err: '' };
  const catching = (name: 'out' | 'err') => (text: unknown): boolean => {
    written[name] += String(text);
    return true;
  };
  const stubs = [sinon.stub(process.stdout, 'write').callsFake(catching('out')), sinon.stub(process.stderr, 'write').callsFake(catching('err'))];
  try {
    return { code: await main(args), ...written };
  } finally {
    for (const stub of stubs) stub.restore();
  }
}

/** A command that asks the desk at this URL. */
export function commandAt(url: string) {
  return (...args: readonly string[]): Promise<Finished> => runHere(...args, '--url', url);
}

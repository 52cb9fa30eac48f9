import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What is typed when a question is the last thing that was shown. */
export type Answer = readonly [question: string, typed: string];

/** Starts a program, which is to be `script`, in a terminal of its own, and types each answer once. Resolves to its exit code and to all that the terminal showed. */
export async function inTerminal([program = '', ...args]: readonly string[], answers: readonly Answer[]): Promise<{ readonly code: number | null; readonly shown: string }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [...answers];
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    const [next] = waiting;
    if (next === undefined || !shown.trimEnd().endsWith(next[0])) return;
    waiting.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  const [code] = await once(child, 'close') as [number | null];
  return { code, shown };
}

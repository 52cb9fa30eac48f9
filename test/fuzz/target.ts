import type { Random } from './random.ts';

/** What is sent in one run, in its pieces: datagrams, chunks of a stream, frames. */
export type Input = readonly Buffer[];

/** Something that takes rubbish. */
export interface Target {
  readonly name: TargetName;
  make(random: Random): Input;
  /** Throws or rejects where something is not as it must be. */
  run(input: Input): void | Promise<void>;
  /** Forgets what may be forgotten, every now and then. */
  rest?(): Promise<void>;
  close(): Promise<void>;
}

export const targetNames = ['codec', 'udp', 'tcp', 'ws', 'subscribe', 'notify', 'unasked', 'bodies'] as const;
export type TargetName = (typeof targetNames)[number];

/** A promise of the codec's that was broken, or an answer that should not have come. */
export function must(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

// What the command and its workers say to each other, over the channel that node:cluster gives them.

import type { FromDesk, ToDesk } from '@nksip-ts/admin';
import type { Config } from '../config/config-file.js';

/** Options that all workers have in common, whatever the configuration says. */
export type SharedOptions = Readonly<Record<string, string | number | boolean>>;

/** What a worker starts with, or changes to. */
export interface Setting {
  /** As the first process accepted it last; undefined: a program, which each process loads itself. */
  readonly config: Config | undefined;
  readonly shared: SharedOptions;
}

export type ToWorker =
  /** `signOfLife`: how often it says that it is alive, in milliseconds. */
  | { readonly type: 'start'; readonly setting: Setting; readonly signOfLife: number }
  /** Take this instead. */
  | { readonly type: 'reload'; readonly setting: Setting }
  /** Something for its operator's desk. */
  | { readonly type: 'desk'; readonly message: ToDesk }
  /** Finish what is under way, and end. */
  | { readonly type: 'drain' }
  /** End now. */
  | { readonly type: 'stop' };

export type FromWorker =
  /** It can be told to start: what is sent before it listens to its channel is lost. */
  | { readonly type: 'loaded' }
  | { readonly type: 'ready' }
  | { readonly type: 'alive' }
  /** It did what 'reload' wants, or could not, as the sentence has it, and goes on as before. */
  | { readonly type: 'reloaded'; readonly sentence?: string }
  /** What its desk says. */
  | { readonly type: 'desk'; readonly message: FromDesk }
  /** It could not start, in a sentence for the person at the keyboard. */
  | { readonly type: 'failed'; readonly sentence: string };

/** A callback of the service may use the channel too: what it says there is not for us. */
export function isMessage(value: unknown): value is { readonly type: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value;
}

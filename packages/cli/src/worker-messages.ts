// What the command and its workers say to each other, over the channel that node:cluster gives them.

/** Options that all workers have in common, whatever the configuration says. */
export type SharedOptions = Readonly<Record<string, string | number | boolean>>;

export type ToWorker =
  /** `signOfLife`: how often it says that it is alive, in milliseconds. */
  | { readonly type: 'start'; readonly options: SharedOptions; readonly signOfLife: number }
  /** Read the configuration file again; `options` as in 'start'. */
  | { readonly type: 'reload'; readonly options: SharedOptions }
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
  /** It could not start, in a sentence for the person at the keyboard. */
  | { readonly type: 'failed'; readonly sentence: string };

/** A callback of the service may use the channel too: what it says there is not for us. */
export function isMessage(value: unknown): value is { readonly type: unknown } {
  return typeof value === 'object' && value !== null && 'type' in value;
}

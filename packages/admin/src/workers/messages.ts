import type { Askable } from '../contract/worker-desk.js';
import type { Batch } from '../contract/feed.js';

// What the first process and its workers say to each other of their desks, inside the messages of whoever started them.

export type ToDesk =
  | { readonly what: 'ask'; readonly id: number; readonly method: Askable; readonly args: readonly unknown[] }
  /** Whether somebody reads events. */
  | { readonly what: 'follow'; readonly isOn: boolean };

export type FromDesk =
  | { readonly what: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly what: 'refusal'; readonly id: number; readonly code: string; readonly message: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly what: 'batch'; readonly batch: Batch };

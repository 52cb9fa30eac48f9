import { isToken } from './grammar.js';
import { HeadScanner } from './head-scanner.js';
import { Header } from './header.js';
import { bodyTooLarge, defaultLimits, messageTooLarge, uriTooLong, type ParseLimits, type Refusal } from './limits.js';
import { Message, VALUE_END, VALUE_START, type StartLine } from './message.js';

/**
 * What `parse` answers. `code` and `reason` are those of the answer that a refused request gets. `message` is there where such
 * an answer can be routed: it is a request and has a usable Via. Code 0: nothing to answer and nothing to report, a keep-alive.
 */
export type ParseResult =
  | { readonly ok: true; readonly message: Message }
  | { readonly ok: false; readonly code: number; readonly reason: string; readonly message?: Message };

import type { Refusal } from './limits.js';

/** What the parser's one pass found: places in the text, nothing read yet. */
export interface MessageIndex {
  /** latin1 text from the first byte to the end of the head */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** FIELD_SIZE numbers a field: its header, where it starts, where its value starts, where its value ends, where the field ends */
  readonly fields: readonly number[];
  /** how many of these numbers are used */
  readonly used: number;
  /** a bit for each header below 31 that is there, and one for each that is there more than once */
  readonly seen: number;
  readonly repeated: number;
  /** some value spans several lines */
  readonly folded: boolean;
  /** some line ends with LF alone */
  readonly bareLf: boolean;
  /** something is wrong with the head: a bare CR or a NUL may stand in it */
  readonly faulty: boolean;
  readonly headEnd: number;
  readonly bodyEnd: number;
  /** One of its own, with these bytes. */
  copy(bytes: Uint8Array): MessageIndex;
}

export const FIELD_SIZE = 5;
/** Places of the numbers within a field; the header is the first. */
export const FIELD_START = 1;
export const VALUE_START = 2;
export const VALUE_END = 3;
export const FIELD_END = 4;

export interface StartLine {
  readonly isRequest: boolean;
  readonly method: string;
  readonly requestUri: string;
  /** where that is in the text */
  readonly uriStart: number;
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** why the message must be refused; the line then has what could be read */
  readonly refusal: Refusal | undefined;
}

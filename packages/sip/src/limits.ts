/** What a parser takes before it refuses, in bytes unless said otherwise. */
export interface ParseLimits {
  /** the whole message */
  readonly maxBytes: number;
  /** start line and headers */
  readonly maxHeadBytes: number;
  /** header lines, counted */
  readonly maxHeaders: number;
  /** one header with all its folds */
  readonly maxHeaderLine: number;
  readonly maxUri: number;
  readonly maxBody: number;
}

export const defaultLimits: ParseLimits = {
  maxBytes: 1_114_112,
  maxHeadBytes: 32_768,
  maxHeaders: 256,
  maxHeaderLine: 8_192,
  maxUri: 2_048,
  maxBody: 1_048_576,
};

/** Why a message is refused: a status code and the reason phrase that goes with it. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

export const uriTooLong: Refusal = { code: 414, reason: 'Request-URI Too Long' };
export const bodyTooLarge: Refusal = { code: 413, reason: 'Request Entity Too Large' };
/** RFC 3261 21.5.7: "the message length exceeded its capabilities" */
export const messageTooLarge: Refusal = { code: 513, reason: 'Message Too Large' };

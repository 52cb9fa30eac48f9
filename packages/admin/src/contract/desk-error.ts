const statuses = {
  bad_request: 400,
  token_needed: 401,
  no_token_configured: 403,
  wrong_host: 403,
  wrong_origin: 403,
  not_found: 404,
  not_supported: 409,
  cursor_expired: 410,
  reload_failed: 409,
  too_many_attempts: 429,
  internal: 500,
  too_many_readers: 503,
  store_unavailable: 503,
  busy: 503,
  draining: 503,
  starting: 503,
} as const;

export type DeskErrorCode = keyof typeof statuses;

/** Why something is not answered, for whoever asked over HTTP: what is wrong, and what to do. */
export class DeskError extends Error {
  constructor(readonly code: DeskErrorCode, message: string, readonly headers: Readonly<Record<string, string>> = {}) {
    super(message);
  }

  get status(): number {
    return statuses[this.code];
  }
}

export function isDeskErrorCode(code: unknown): code is DeskErrorCode {
  return typeof code === 'string' && Object.hasOwn(statuses, code);
}

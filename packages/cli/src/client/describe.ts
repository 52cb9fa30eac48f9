import type { RequestResult } from '../command-line/exit-codes.js';

/** How a request ended, as lines: the first one of the response, and such of its headers. */
export function describe({ code, response, local, error }: RequestResult, headers: readonly string[]): readonly string[] {
  if (response === undefined) {
    return [local === 'timeout' ? `${code} no response came in time` : `${code} the request could not be sent. ${error?.message ?? 'Nobody knows why.'}`];
  }
  const lines = headers.flatMap((name) => response.header(name).flatMap((value) => value === '' ? [] : `${name}: ${value}`));
  return [`${response.code} ${response.reason}`, ...lines];
}

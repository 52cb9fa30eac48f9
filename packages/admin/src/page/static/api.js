// The API of the server that this page came from.

/** An answer that is no success, or none at all (status 0). */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const key = 'nksip-ts token';

/** The token stays in this tab, until it is closed. */
export const token = {
  get value() { return sessionStorage.getItem(key) ?? ''; },
  set value(text) {
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  },
};

/**
 * @param {string} path
 * @param {{ method?: string, body?: unknown, signal?: AbortSignal, token?: string }} options
 */
export async function send(path, { method = 'GET', body, signal, token: given } = {}) {
  const bearer = given ?? token.value;
  const response = await fetch(path, {
    method, cache: 'no-store', redirect: 'error', credentials: 'omit',
    headers: { ...(bearer !== '' && { Authorization: `Bearer ${bearer}` }), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }), ...(signal !== undefined && { signal }),
  }).catch((error) => { throw signal?.aborted === true ? error : new Refused(0, 'unreachable', 'The server cannot be reached.'); });
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/** @param {Response} response */
async function refusalOf(response) {
  const { error } = await response.json().catch(() => ({}));
  return new Refused(response.status, String(error?.code ?? 'failed'), String(error?.message ?? `The server answered ${response.status}.`));
}

/**
 * @template Answer
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export async function get(path, signal) {
  return await (await send(path, signal === undefined ? {} : { signal })).json();
}

/**
 * A path with a query; what is empty is left out.
 * @param {string} path
 * @param {Readonly<Record<string, string>>} query
 */
export function pathOf(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/**
 * The parts of a path that are not ours, each encoded.
 * @param {string} path
 * @param {readonly string[]} parts
 */
export function under(path, ...parts) {
  return [path, ...parts.map(encodeURIComponent)].join('/');
}

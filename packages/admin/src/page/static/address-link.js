// Links that open an address.
import { make } from './elements.js';
import { shown } from './text.js';

/** @param {string} uri */
export function hrefOf(uri) {
  return `#/address/${encodeURIComponent(uri)}`;
}

/** In a row: cut off where it is too long. @param {string} uri */
export function addressLink(uri) {
  return make('a', { href: hrefOf(uri), class: 'mono cut', title: shown(uri) }, shown(uri));
}

/**
 * Marks the rows of the address that is open, and no others.
 * @param {readonly HTMLAnchorElement[]} links of all rows
 * @param {string | undefined} uri
 */
export function markRows(links, uri) {
  const href = uri === undefined ? undefined : hrefOf(uri);
  for (const link of links) {
    const row = link.closest('tr');
    if (link.getAttribute('href') === href) row?.setAttribute('aria-current', 'true');
    else row?.removeAttribute('aria-current');
  }
}

// A row of the list of publications: how it is made, and what becomes of it.
import { addressLink } from './address-link.js';
import { countdown, setLeft } from './countdown.js';
import { button, make, write } from './elements.js';
import { removePublication } from './removing.js';
import { bytes, shown } from './text.js';

/**
 * @typedef {import('./wire.js').Publication} Publication
 * @typedef {import('./wire.js').PublicationEvent} PublicationEvent
 * @typedef {{ publication: Publication, element: HTMLTableRowElement, left: HTMLElement }} Row
 */

/** @param {Publication} publication @returns {Row} */
export function rowOf(publication) {
  const { uri, event, type, size: length, expires_in: seconds } = publication;
  const left = countdown(seconds);
  /** @type {Row} */
  const row = {
    publication, left,
    element: make('tr', {},
      make('td', {}, addressLink(uri)),
      make('td', {}, make('span', { class: 'badge' }, shown(event))),
      make('td', { class: 'quiet wide-only cut' }, shown(type ?? '')),
      make('td', { class: 'number wide-only' }, length === undefined ? '' : bytes(length)),
      make('td', {}, left),
      make('td', {}, button('plain small remove', 'Remove', () => void removePublication(row.publication), `Remove the publication of ${shown(uri)} for ${shown(event)}`))),
  };
  return row;
}

/** It was refreshed or modified. @param {Row} row @param {PublicationEvent} event */
export function refreshRow(row, event) {
  setLeft(row.left, event.expires_in);
  if (event.kind !== 'modified') return;
  row.publication = { ...row.publication, ...event };
  const [, , type, length] = row.element.cells;
  if (type !== undefined && event.type !== undefined) write(type, shown(event.type));
  if (length !== undefined && event.size !== undefined) write(length, bytes(event.size));
  flash(row.element);
}

/** It says for a moment that it is over. @param {Row} row @param {PublicationEvent} event */
export function endRow({ element, left }, event) {
  element.classList.add('gone');
  write(left, event.kind === 'expired' ? 'expired' : 'removed');
  left.className = 'over';
}

/** @param {HTMLElement} element */
function flash(element) {
  element.classList.remove('flash');
  // Read, so that the animation begins again.
  void element.offsetWidth;
  element.classList.add('flash');
}

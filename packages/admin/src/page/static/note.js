// A sentence at the bottom that goes by itself.
import { byId, write } from './elements.js';

/** Long enough to read it, in milliseconds. */
const time = 5_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
export function note(text) {
  const place = byId('note', HTMLElement);
  write(place, text);
  place.classList.add('seen');
  clearTimeout(timer);
  timer = setTimeout(() => place.classList.remove('seen'), time);
}

// Time running down, wherever it is shown.
import { make, write } from './elements.js';
import { duration } from './text.js';

/** What is granted mostly, in seconds: what a time is part of where nobody says. */
const usual = [60, 120, 300, 600, 1800, 3600, 7200, 14_400, 86_400, 604_800];

/** @type {WeakMap<Element, { end: number, total: number }>} */
const times = new WeakMap();

/**
 * An element that shows how many seconds are left, with a bar.
 * @param {number} seconds
 */
export function countdown(seconds) {
  const element = make('span', { class: 'left' }, make('span', { class: 'left-text' }), make('span', { class: 'bar', 'aria-hidden': 'true' }, make('span')));
  setLeft(element, seconds, usual.find((total) => total >= seconds) ?? seconds);
  return element;
}

/**
 * @param {Element} element
 * @param {number} seconds
 * @param {number} total
 */
export function setLeft(element, seconds, total = seconds) {
  times.set(element, { end: performance.now() + seconds * 1000, total: Math.max(total, 1) });
  show(element);
}

/** Whether the time of an element is over. @param {Element} element */
export function isOver(element) {
  return (times.get(element)?.end ?? 0) <= performance.now();
}

/** Shows what is left now. */
export function tick() {
  for (const element of document.getElementsByClassName('left')) show(element);
}

/** @param {Element} element */
function show(element) {
  const time = times.get(element);
  const [text, bar] = element.children;
  const inner = bar?.firstElementChild;
  if (time === undefined || text === undefined || !(inner instanceof HTMLElement)) return;
  const left = Math.max(0, (time.end - performance.now()) / 1000);
  write(text, duration(Math.ceil(left)));
  inner.style.transform = `scaleX(${Math.min(1, left / time.total).toFixed(4)})`;
  element.classList.toggle('soon', left < 10);
}

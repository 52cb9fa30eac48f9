// The numbers at the top.
import { byId, make, write } from './elements.js';
import { bytes, count, fine } from './text.js';

/** @typedef {import('./wire.js').Usage} Usage */

/**
 * @typedef {object} Tile
 * @property {string} name
 * @property {(usage: Usage) => string} value
 * @property {(usage: Usage) => string} more
 * @property {(usage: Usage) => number | undefined} [part] of a limit, from 0 to 1
 */

const none = '–';

/**
 * @param {number | null | undefined} value
 * @param {(value: number) => string} text
 */
const or = (value, text) => value === undefined || value === null ? none : text(value);

/** @param {Readonly<Record<string, number>> | undefined} rates */
export const sum = (rates) => rates === undefined ? undefined : Object.values(rates).reduce((all, rate) => all + rate, 0);

/** @param {Usage} usage */
const memoryPart = ({ memory }) => memory?.limit ? memory.used / memory.limit : undefined;

/** @param {Usage} usage */
function refused({ rates }) {
  const codes = Object.entries(rates?.responses ?? {}).filter(([code]) => Number(code) >= 400);
  return sum(Object.fromEntries(codes));
}

/** @param {Usage} usage */
function mostPublished({ caps }) {
  const most = caps?.['sip_event_compositor_max_publications'];
  return most === undefined ? '\u00a0' : `at most ${count(most)}`;
}

/** @type {readonly Tile[]} */
const numbers = [
  { name: 'Publications', value: ({ counts }) => or(counts?.publications, count), more: mostPublished },
  { name: 'Watchers', value: ({ counts }) => or(counts?.watchers, count), more: ({ rates }) => or(rates?.notifies?.sent, (value) => `${fine(value)} NOTIFY/s`) },
  { name: 'Registrations', value: ({ counts }) => or(counts?.registrations, count), more: ({ counts }) => or(counts?.connections, (value) => `${count(value)} ${value === 1 ? 'connection' : 'connections'}`) },
  { name: 'Requests a second', value: ({ rates }) => or(sum(rates?.requests), fine), more: (usage) => or(refused(usage), (value) => `${fine(value)} refused`) },
  { name: 'Memory', value: ({ memory }) => or(memory?.used, bytes), more: ({ memory }) => or(memory?.limit, (value) => `of ${bytes(value)}`).replace(none, 'no limit is set'), part: memoryPart },
  { name: 'Loop lag', value: ({ event_loop: lag }) => or(lag?.p99_ms, (value) => `${fine(value)} ms`), more: ({ event_loop: lag }) => or(lag?.max_ms, (value) => `at most ${fine(value)} ms`) },
];

/** @returns {(usage: Usage) => void} shows them */
export function startNumbers() {
  const tiles = numbers.map(tile);
  byId('numbers', HTMLElement).append(...tiles.map(({ element }) => element));
  return (usage) => tiles.forEach(({ show }) => show(usage));
}

/** @param {Tile} number */
function tile({ name, value, more, part }) {
  const main = make('dd', { class: 'big' }, none);
  const small = make('dd', { class: 'quiet' }, '\u00a0');
  const inner = make('span');
  const element = make('div', { class: 'card tile' }, make('dt', {}, name), main, small);
  if (part !== undefined) element.append(make('dd', { class: 'bar', 'aria-hidden': 'true' }, inner));
  return {
    element,
    /** @param {Usage} usage */
    show(usage) {
      write(main, value(usage));
      write(small, more(usage));
      const share = part?.(usage);
      inner.style.transform = `scaleX(${share === undefined ? 0 : Math.min(1, share).toFixed(4)})`;
      element.classList.toggle('soon', share !== undefined && share > 0.85);
    },
  };
}

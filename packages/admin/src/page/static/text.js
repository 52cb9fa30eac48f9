// What is shown of what strangers wrote, and numbers for people.

/** What nobody sees and what changes what is seen: controls, separators of lines, marks that turn the direction of writing. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** @param {string} char */
function escaped(char) {
  const code = char.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/**
 * A text on one line, its control characters as escapes.
 * @param {string} text
 */
export function shown(text) {
  return text.replace(hidden, escaped);
}

/**
 * The same for a document: its lines and tabs stay.
 * @param {string} text
 */
export function shownLines(text) {
  return text.replaceAll('\r\n', '\n').replace(hidden, (char) => char === '\n' || char === '\t' ? char : escaped(char));
}

/**
 * `4 min 05 s`
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole / 3600) % 24} h`;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0');

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** @param {number} value */
export function bytes(value) {
  let index = 0;
  let rest = value;
  while (rest >= 1024 && index < units.length - 1) {
    rest /= 1024;
    index++;
  }
  return `${index === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${units[index]}`;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** @param {number} value */
export function count(value) {
  return whole.format(value);
}

/**
 * Small ones with a fraction.
 * @param {number} value
 */
export function fine(value) {
  return value !== 0 && Math.abs(value) < 100 ? String(Number(value.toPrecision(2))) : count(value);
}

/**
 * The time of day of an ISO time.
 * @param {string} iso
 */
export function timeOfDay(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString('en-GB');
}

/**
 * Bytes as a person reads them: 16 a line.
 * @param {string} base64
 * @param {number} most lines
 */
export function hexLines(base64, most) {
  const raw = atob(base64.slice(0, Math.ceil(most * 16 / 3) * 4));
  const lines = [];
  for (let at = 0; at < raw.length && lines.length < most; at += 16) lines.push(hexLine(raw.slice(at, at + 16), at));
  return lines.join('\n');
}

/**
 * @param {string} part
 * @param {number} at
 */
function hexLine(part, at) {
  const codes = [...part].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join(' ');
  return `${at.toString(16).padStart(6, '0')}  ${codes.padEnd(47)}  ${part.replace(/[^\x20-\x7e]/g, '.')}`;
}

// Elements made by hand: what came from the wire becomes text, whatever stands in it.

/**
 * An element with attributes and children. A string among the children is text.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {readonly (Node | string)[]} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * A button, which does something.
 * @param {string} className
 * @param {string} text
 * @param {() => void} onClick
 * @param {string} [label] what it is called where its text is not enough
 */
export function button(className, text, onClick, label) {
  const element = make('button', { type: 'button', class: className, ...(label !== undefined && { 'aria-label': label, title: label }) }, text);
  element.addEventListener('click', onClick);
  return element;
}

/**
 * The element of the page with this id.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`no #${id}`);
  return element;
}

/**
 * Writes a text only where it changes.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * So that it has the focus again when all is drawn anew.
 * @template {HTMLElement} Kind
 * @param {string} key
 * @param {Kind} element
 */
export function keyed(key, element) {
  element.dataset.key = key;
  return element;
}

/**
 * Other children; the button that has the focus has it still, or `otherwise` if it is gone.
 * @param {HTMLElement} place
 * @param {readonly Node[]} children
 * @param {HTMLElement} otherwise
 */
export function drawAnew(place, children, otherwise) {
  const focused = document.activeElement;
  const key = focused instanceof HTMLElement && place.contains(focused) ? focused.dataset.key : undefined;
  place.replaceChildren(...children);
  if (key !== undefined) ([...place.querySelectorAll('button')].find((one) => one.dataset.key === key) ?? otherwise).focus();
}

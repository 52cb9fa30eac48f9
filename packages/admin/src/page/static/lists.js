// What is listed: publications, or registrations where the service has a registrar. Search and keys are for the one that is shown.
import { hrefOf } from './address-link.js';
import { byId, write } from './elements.js';

/**
 * @typedef {object} Listed
 * @property {(text: string) => Promise<void>} search
 * @property {readonly HTMLAnchorElement[]} links to the addresses in it
 * @property {(uri: string | undefined) => void} mark the address that is open
 */

/**
 * @typedef {object} Choice
 * @property {string} name
 * @property {Listed} list
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} panel
 */

export class Lists {
  #heading = byId('list-heading', HTMLElement);
  #tabs = byId('list-tabs', HTMLElement);
  #choices;
  #shown;

  /**
   * @param {readonly [Choice, ...Choice[]]} choices the first one is shown
   * @param {() => void} onShow another one is shown
   */
  constructor(choices, onShow) {
    this.#choices = choices;
    this.#shown = choices[0];
    for (const choice of choices) {
      choice.button.addEventListener('click', () => {
        this.#show(choice);
        onShow();
      });
    }
    this.#show(this.#shown);
  }

  /** Whether there is a choice. @param {boolean} isOffered */
  offer(isOffered) {
    this.#tabs.hidden = !isOffered;
    this.#heading.classList.toggle('unseen', isOffered);
    if (!isOffered) this.#show(this.#choices[0]);
  }

  /** @param {string} text */
  async search(text) {
    await this.#shown.list.search(text);
  }

  /** @param {string | undefined} uri */
  mark(uri) {
    for (const { list } of this.#choices) list.mark(uri);
  }

  /**
   * The next row, or the one before it.
   * @param {1 | -1} step
   */
  walk(step) {
    const { links } = this.#shown.list;
    const here = links.findIndex((link) => link === document.activeElement);
    const from = here >= 0 ? here : links.findIndex((link) => link.closest('tr')?.hasAttribute('aria-current'));
    const to = links[Math.min(Math.max(from < 0 ? 0 : from + step, 0), links.length - 1)];
    to?.focus();
    to?.scrollIntoView({ block: 'nearest' });
  }

  focusFirst() {
    this.#shown.list.links[0]?.focus();
  }

  /** A row of this address, or the heading. @param {string} uri */
  focus(uri) {
    (this.#shown.list.links.find((link) => link.getAttribute('href') === hrefOf(uri)) ?? this.#heading).focus();
  }

  /** @param {Choice} choice */
  #show(choice) {
    this.#shown = choice;
    write(this.#heading, choice.name);
    for (const one of this.#choices) {
      one.panel.hidden = one !== choice;
      one.button.setAttribute('aria-pressed', String(one === choice));
    }
  }
}

// The events of the server, read by fetch since EventSource sends no token; connected again whenever they stop.
import { Refused, send } from './api.js';
import { EventParser } from './event-parser.js';

/** There is a sample each second: after this, in milliseconds, nobody sends any more. */
const silence = 6_000;
const shortestPause = 500;
const longestPause = 8_000;

/**
 * @typedef {object} Listener
 * @property {(name: string, data: unknown) => void} onEvent
 * @property {() => void} onOpen
 * @property {(reason: Refused, pause: number) => void} onClosed pause: milliseconds until the next attempt
 */

export class EventStream {
  /** @type {Listener} */
  #listener;
  #pause = shortestPause;
  /** @type {() => void} */
  #wake = () => undefined;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Goes on for as long as the page is there. */
  async run() {
    for (;;) {
      const reason = await this.#read().catch((error) => error instanceof Refused ? error : new Refused(0, 'unreachable', 'The connection to the server was lost.'));
      const pause = this.#pause * (0.75 + Math.random() / 2);
      this.#pause = Math.min(this.#pause * 2, longestPause);
      this.#listener.onClosed(reason, pause);
      await new Promise((resolve) => {
        this.#wake = () => resolve(undefined);
        setTimeout(resolve, pause);
      });
    }
  }

  /** Tries again at once, for example with a token. */
  retry() {
    this.#pause = shortestPause;
    this.#wake();
  }

  /** @returns {Promise<Refused>} */
  async #read() {
    const given = new AbortController();
    let timer = setTimeout(() => given.abort(), silence);
    try {
      const { body } = await send('/api/events', { signal: given.signal });
      if (body === null) throw new Refused(0, 'unreachable', 'The server sent no events.');
      this.#pause = shortestPause;
      this.#listener.onOpen();
      const parser = new EventParser();
      for await (const piece of body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(timer);
        timer = setTimeout(() => given.abort(), silence);
        for (const { name, data } of parser.feed(piece)) this.#listener.onEvent(name, JSON.parse(data));
      }
      return new Refused(0, 'closed', 'The server ended the events.');
    } finally {
      clearTimeout(timer);
      given.abort();
    }
  }
}

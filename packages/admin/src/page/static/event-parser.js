// text/event-stream as it comes: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

/** A line that is longer is no event of ours: 1 Mi characters. */
const longestLine = 1_048_576;

export class EventParser {
  #rest = '';
  #name = '';
  /** @type {string[]} */
  #data = [];

  /**
   * The events that end in this piece.
   * @param {string} piece
   * @returns {{ name: string, data: string }[]}
   */
  feed(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n/);
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > longestLine) throw new Error('a line of the events is too long');
    return lines.flatMap((line) => this.#line(line) ?? []);
  }

  /** @param {string} line */
  #line(line) {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    return undefined;
  }

  #end() {
    const event = this.#data.length === 0 ? undefined : { name: this.#name, data: this.#data.join('\n') };
    this.#name = '';
    this.#data = [];
    return event;
  }
}

/** What is wrong with a text that should be JSON, and at which character. */
export class JsonFault extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

/**
 * JSON.parse, but for what it says: throws JsonFault, also for a name that an object has twice. `names`: at which character each name of
 * the outermost object stands.
 */
export function parseJson(text: string): { readonly value: unknown; readonly names: ReadonlyMap<string, number> } {
  const names = new Map<string, number>();
  new JsonCheck(text).run(names);
  return { value: JSON.parse(text), names };
}

const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const simple = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$.+-])|(?:true|false|null)(?![\w$.+-])/y;
const blank = /[ \t\r\n]*/y;

/** Deeper than any configuration is, and than what recursion can take. */
const deepest = 100;

class JsonCheck {
  #at = 0;

  constructor(private readonly text: string) {}

  run(names: Map<string, number>): void {
    if (this.text.startsWith('\ufeff')) throw this.#fault('the file begins with a byte order mark: save it as UTF-8 without one');
    if (/^\ufffd\ufffd|^[^]?\0/.test(this.text)) throw this.#fault('the file is no UTF-8: save it as such');
    this.#value(0, names);
    this.#blanks();
    if (this.#at < this.text.length) throw this.#fault(`nothing can stand behind the end of the value, but here is ${this.#here()}`);
  }

  #value(depth: number, names = new Map<string, number>()): void {
    this.#blanks();
    if (depth > deepest) throw this.#fault(`more than ${deepest} brackets are open`);
    if (this.#takes('{')) this.#items('}', () => this.#member(depth), names);
    else if (this.#takes('[')) this.#items(']', () => this.#element(depth));
    else if (this.#match(string) === undefined && this.#match(simple) === undefined) throw this.#fault(this.#whyNoValue());
  }

  #items(end: '}' | ']', item: () => string | undefined, names?: Map<string, number>): void {
    this.#blanks();
    if (this.#takes(end)) return;
    for (;;) {
      this.#blanks();
      const began = this.#at;
      const name = item();
      if (name !== undefined && names?.has(name) === true) throw new JsonFault(`the name '${name}' is there twice in one object: leave one out`, began);
      if (name !== undefined) names?.set(name, began);
      this.#blanks();
      if (this.#takes(end)) return;
      const comma = this.#at;
      if (!this.#takes(',')) throw this.#fault(this.#at === this.text.length ? `the file ends before a '${end}'` : `a comma or a '${end}' is missing before ${this.#here()}`);
      this.#blanks();
      if (this.text[this.#at] === end) throw new JsonFault(`a comma stands before '${end}': leave it out`, comma);
    }
  }

  #element(depth: number): undefined {
    this.#value(depth + 1);
  }

  /** Returns its name. */
  #member(depth: number): string {
    const name = this.#match(string);
    if (name === undefined) throw this.#fault(`a name in double quotes must stand here, not ${this.#here()}`);
    this.#blanks();
    if (!this.#takes(':')) throw this.#fault(`a colon must stand behind this name, not ${this.#here()}`);
    this.#value(depth + 1);
    return String(JSON.parse(name));
  }

  #whyNoValue(): string {
    if (this.#at === this.text.length) return 'the file ends where a value must stand';
    if (this.text[this.#at] === '"') return 'this text has no end on its line, or a character in it that must be escaped';
    if (this.text[this.#at] === "'") return 'a text stands in double quotes, not in single ones';
    return `a value must stand here, not ${this.#here()}`;
  }

  #blanks(): void {
    this.#match(blank);
    if (/^(?:\/\/|\/\*|#)/.test(this.text.slice(this.#at, this.#at + 2))) throw this.#fault('JSON has no comments: leave it out, or write an .mjs file');
  }

  #takes(char: string): boolean {
    if (this.text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** Without the words that stand here: they may be a password that lacks its quotes. */
  #here(): string {
    const char = this.text[this.#at];
    if (char === undefined) return 'the end of the file';
    if (char === "'") return 'a single quote';
    return '{}[]:,"'.includes(char) ? `'${char}'` : 'something without double quotes';
  }

  #fault(message: string): JsonFault {
    return new JsonFault(message, this.#at);
  }
}

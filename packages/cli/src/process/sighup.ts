/** SIGHUP where there is a file to read again, of the configuration or of users: it ends nothing then. What it asks for is done one after the other, as soon as there is something that can do it. */
export class Hangups {
  #isAsked = false;
  #last: Promise<void> = Promise.resolve();
  #act: (() => Promise<void>) | undefined;

  constructor(readonly isReloadable: boolean) {
    if (!isReloadable) return;
    process.on('SIGHUP', () => {
      if (this.#act === undefined) this.#isAsked = true;
      else this.#run(this.#act);
    });
  }

  /** From now on `act`, which does not reject, is what a SIGHUP asks for; one that came before does so now. */
  become(act: () => Promise<void>): void {
    this.#act = act;
    if (this.#isAsked) this.#run(act);
    this.#isAsked = false;
  }

  #run(act: () => Promise<void>): void {
    this.#last = this.#last.then(act);
  }
}

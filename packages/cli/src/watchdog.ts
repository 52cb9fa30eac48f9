/** Milliseconds between two looks. */
const LOOK = 1_000;
/** What says nothing between more looks than these hangs. */
const MOST_SILENT_LOOKS = 10;

/**
 * Watches over a process that says it is alive every now and then. Time is counted in looks of this process: while this one does not run
 * itself (it was stopped, or the machine was asleep) nobody is silent, and no clock that is set counts.
 */
export class Watchdog {
  #silentLooks = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `hangs` is called once, after a silence of ten to eleven looks; `look`: milliseconds. */
  constructor(private readonly hangs: () => void, private readonly look: number = LOOK) {}

  /** How often the one that is watched should say that it is alive, in milliseconds. */
  get interval(): number {
    return 2 * this.look;
  }

  /** How long one that hangs was silent, in seconds. */
  get patience(): number {
    return MOST_SILENT_LOOKS * this.look / 1000;
  }

  start(): void {
    this.stop();
    this.#silentLooks = 0;
    this.#timer = setInterval(() => {
      if (++this.#silentLooks <= MOST_SILENT_LOOKS) return;
      this.stop();
      this.hangs();
    }, this.look).unref();
  }

  heard(): void {
    this.#silentLooks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

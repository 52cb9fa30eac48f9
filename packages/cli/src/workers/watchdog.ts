/** Milliseconds between two looks. */
const LOOK = 1_000;
/**
 * What says nothing between more looks than these hangs. One that starts says nothing until it serves, and may have to wait for its
 * store: that of LMDB has a database looked through for 10 seconds.
 */
const MOST_SILENT_LOOKS = { serving: 10, starting: 60 } as const;
/** What serves and says nothing between more looks than these may hang. */
const DOUBTED_LOOKS = 4;

/**
 * Watches over a process that says it is alive every now and then. Time is counted in looks of this process: while this one does not run
 * itself (it was stopped, or the machine was asleep) nobody is silent, and no clock that is set counts.
 */
export class Watchdog {
  #silentLooks = 0;
  #most: number = MOST_SILENT_LOOKS.serving;
  #timer: NodeJS.Timeout | undefined;

  /**
   * `hangs` is called once, when the silence is longer than the patience by up to a look; `look`: milliseconds. `doubted` is told of one that serves when its silence
   * is long, and when that has ended.
   */
  constructor(private readonly hangs: () => void, private readonly look: number = LOOK, private readonly doubted: (isDoubted: boolean) => void = () => undefined) {}

  /** How often the one that is watched should say that it is alive, in milliseconds. */
  get interval(): number {
    return 2 * this.look;
  }

  /** How long one that hangs was silent, in seconds; of one that starts: since its start. */
  get patience(): number {
    return this.#most * this.look / 1000;
  }

  start(what: keyof typeof MOST_SILENT_LOOKS = 'serving'): void {
    this.stop();
    this.#most = MOST_SILENT_LOOKS[what];
    this.#silentLooks = 0;
    this.#timer = setInterval(() => {
      if (++this.#silentLooks === DOUBTED_LOOKS + 1 && what === 'serving') this.doubted(true);
      if (this.#silentLooks <= this.#most) return;
      this.stop();
      this.hangs();
    }, this.look).unref();
  }

  heard(): void {
    if (this.#silentLooks > DOUBTED_LOOKS) this.doubted(false);
    this.#silentLooks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

import type { Rules } from './rules.js';
import { SourceRates } from './source-rates.js';

/**
 * RFC 3261 17.1.2.2: with T1 and T2 as they usually are a client sends a request again ten times, and then gives up. A source whose
 * requests are bounded needs no more repetitions.
 */
const repetitions = 10;

/**
 * Whether a source gets another response, within `sip_max_request_rate`. Each response that it may have takes a token of some kind;
 * what is refused takes none.
 */
export class ResponseRates {
  readonly #requests: SourceRates;
  readonly #refusals: SourceRates;
  readonly #repetitions: SourceRates;

  /** `clock`: milliseconds, never going back. */
  constructor(clock: () => number) {
    this.#requests = new SourceRates(clock);
    this.#refusals = new SourceRates(clock);
    this.#repetitions = new SourceRates(clock);
  }

  /** To what is no repetition; `reserve`: how much more often than usual. */
  request(rules: Rules, address: string, reserve = 0): boolean {
    const { rate } = rules;
    return rate.perSecond === 0 || rules.isTrusted(address) || this.#requests.take(rate, address, reserve);
  }

  /** A 503 for a request beyond the rate. Without a bound of these 50,000 a second keep 0.90 of a core busy, not 0.63. */
  refusal({ rate }: Rules, address: string): boolean {
    return this.#refusals.take(rate, address);
  }

  /** The same response again. */
  repetition(rules: Rules, address: string): boolean {
    const { perSecond, burst } = rules.rate;
    if (perSecond === 0 || rules.isTrusted(address)) return true;
    return this.#repetitions.take({ perSecond: repetitions * perSecond, burst: repetitions * burst }, address);
  }
}

/** What was measured, and how it compares. */
import { spread, type Spread } from './statistics.mts';

/**
 * CPU: seconds for 10,000 requests. Rate: requests a second. p50 and so on: milliseconds. Gap: milliseconds for which the event loop
 * of the server stood still at most. Live and bytes: bytes of a stored publication, in use, and of the whole process.
 */
export const figures = ['cpu', 'rate', 'p50', 'p99', 'p999', 'gap', 'live', 'bytes'] as const;
export type Figure = (typeof figures)[number];

/** One measurement of an operation at a server. */
export interface Sample {
  readonly server: string;
  /** Transport and store, or whatever else the figures depend on. */
  readonly where: string;
  readonly operation: string;
  readonly round: number;
  readonly figures: Readonly<Partial<Record<Figure, number>>>;
  /** CPUs: of the server, where it was asked for as much as it can do; and of all that had nothing to do with it. */
  readonly busy?: number;
  readonly noise: number;
  readonly wrong: ReadonlyMap<string, number>;
  readonly resent: number;
  /** Of the CPU time of all workers, what each has used. */
  readonly shares?: readonly number[];
  /** NOTIFYs that the server sent again, and datagrams that found the socket of the generator full. */
  readonly repeated?: number;
  readonly dropped?: number;
}

export function figureOf(samples: readonly Sample[], figure: Figure): Spread | undefined {
  return spread(samples.flatMap(({ figures: { [figure]: value } }) => value ?? []));
}

/** One server's figure by another's, within each round. */
export function ratioOf(samples: readonly Sample[], others: readonly Sample[], figure: Figure): Spread | undefined {
  return spread(samples.flatMap(({ round, figures: { [figure]: value } }) => {
    const other = others.find((sample) => sample.round === round && sample.figures[figure] !== undefined)?.figures[figure];
    return value === undefined || other === undefined ? [] : value / other;
  }));
}

import { judge, type Change, type Result, type Sent, type Verdict } from './judge.js';

/** What is kept at a server: it makes the requests, and learns from what they are answered. */
export interface Work<R extends Result> {
  readonly uri: string;
  /** What a request says now. */
  readonly asks: Omit<Sent, 'tried'>;
  /** Says that it is there, or still is. `target`: where a redirection leads. Rejects as `uac` does. */
  keep(target: string | undefined): Promise<R>;
  /** Says that it is not there any more; undefined: it is not. `seconds`: the timeout, where there is one of its own. */
  remove(target: string | undefined, seconds: number | undefined): Promise<R> | undefined;
  accepted(result: R): void;
  change(change: Exclude<Change, { readonly kind: 'target' }>): void;
}

export interface Exchanged<R extends Result> {
  readonly result: R;
  readonly verdict: Verdict;
}

/** A request, and those that have to follow at once: at most one for each kind of change. `isStopped`: none follows any more. */
export async function keepOnce<R extends Result>(work: Work<R>, isStopped: () => boolean): Promise<Exchanged<R>> {
  const tried = new Set<Change['kind']>();
  let target: string | undefined;
  for (;;) {
    const result = await work.keep(target);
    const verdict = judge(result, { ...work.asks, tried });
    if (verdict.kind === 'kept') work.accepted(result);
    if (verdict.kind !== 'again') return { result, verdict };
    const { change } = verdict;
    tried.add(change.kind);
    if (change.kind === 'target') ({ target } = change);
    else work.change(change);
    if (isStopped()) return { result, verdict };
  }
}

/** Removes it; undefined: there was nothing to remove. Of the changes only a redirection is followed. */
export async function removeOnce<R extends Result>(work: Work<R>, seconds: number | undefined): Promise<R | undefined> {
  const result = await work.remove(undefined, seconds);
  if (result === undefined || result.ok) return result;
  const verdict = judge(result, { ...work.asks, tried: new Set() });
  if (verdict.kind !== 'again' || verdict.change.kind !== 'target') return result;
  return await work.remove(verdict.change.target, seconds);
}

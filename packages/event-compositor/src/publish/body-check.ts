import { isLettingGo, letsGo } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';

/** A body that a PUBLISH brings, before it is stored; of a type and a size that are taken. */
export interface PublishedBody {
  readonly aor: Aor;
  /** The event package. */
  readonly event: string;
  /** A view into the datagram, which it holds: copy it to keep it. Given to a check that is marked with `letsGo` it is good during the call only. */
  readonly data: Uint8Array;
  /** As sent; absent where there is none. */
  readonly content_type: string | undefined;
}

/** Why a body cannot be stored: a text on one line, which becomes the reason of a 400; undefined: it can. What it throws makes the request a 500. */
export type BodyCheck = (body: PublishedBody) => string | undefined;

/** The checks that plugins have added, one after the other: the first reason counts. */
export class BodyChecks {
  #checks: readonly BodyCheck[] = [];
  #all: BodyCheck | undefined;
  #letGo = true;

  /** All of them as one; undefined where nobody looks into bodies. */
  get all(): BodyCheck | undefined {
    return this.#all;
  }

  /** Whether none of them keeps a body that it was given: all are marked with `letsGo`. */
  get letGo(): boolean {
    return this.#letGo;
  }

  /** Answers a function that ends it. */
  add(check: BodyCheck): () => void {
    const own: BodyCheck = (body) => check(body);
    if (isLettingGo(check)) letsGo(own);
    this.#use([...this.#checks, own]);
    return () => { this.#use(this.#checks.filter((one) => one !== own)); };
  }

  #use(checks: readonly BodyCheck[]): void {
    this.#checks = checks;
    this.#letGo = checks.every(isLettingGo);
    this.#all = checks.length < 2 ? checks[0] : (body) => firstReason(checks, body);
  }
}

function firstReason(checks: readonly BodyCheck[], body: PublishedBody): string | undefined {
  for (const check of checks) {
    const reason = check(body);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

import type { Aor } from '@nksip-ts/sip';

/** A body that a PUBLISH brings, before it is stored; of a type and a size that are taken. */
export interface PublishedBody {
  readonly aor: Aor;
  /** The event package. */
  readonly event: string;
  /** A view into the datagram: copy it to keep it. */
  readonly data: Uint8Array;
  /** As sent; absent where there is none. */
  readonly content_type: string | undefined;
}

/** Why a body cannot be stored: a text on one line, which becomes the reason of a 400; undefined: it can. What it throws makes the request a 500. */
export type BodyCheck = (body: PublishedBody) => string | undefined;

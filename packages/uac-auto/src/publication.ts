import type { Published, PublishOptions, ServiceUac } from '@nksip-ts/core';
import { addressIn, isSips } from './redirection.js';
import type { Change, Sent } from './keep/judge.js';
import type { Work } from './keep/work.js';

/** What `startPublish` takes: the options of `uac.publish`; `body` is required. `sip_if_match`: the tag of what a former run of the program published. */
export type StartPublishOptions = Omit<PublishOptions, 'cseq_num' | 'body'> & { readonly body: string | Uint8Array };

/** State that is published (RFC 3903 4). */
export class Publication implements Work<Published> {
  /** RFC 3903 4.2: a tag that may still be good is tried first. */
  #tag: string | undefined;
  #expires: number | undefined;
  #body: string | Uint8Array;
  /** Whether the server has this body under this tag. */
  #isStored = false;
  /** The body of the last request; undefined: it had none. */
  #sent: string | Uint8Array | undefined;

  /** `callId`: one for all its requests, so that a server sees their order, and a trace what belongs together. */
  constructor(readonly uri: string, private readonly options: StartPublishOptions, private readonly uac: Pick<ServiceUac, 'publish'>, private readonly callId: string) {
    this.#tag = options.sip_if_match;
    this.#expires = options.expires;
    this.#body = copyOf(options.body);
  }

  get tag(): string | undefined {
    return this.#tag;
  }

  /** What is to be published from now on. */
  set body(body: string | Uint8Array) {
    this.#body = copyOf(body);
    this.#isStored = false;
  }

  get asks(): Omit<Sent, 'tried'> {
    return { expires: this.#expires, hasTag: this.#tag !== undefined, isSecure: isSips(this.uri) };
  }

  /** RFC 3903 4.1: initial with a body, a refresh with the tag, a modification with both. */
  keep(target: string | undefined): Promise<Published> {
    this.#sent = this.#tag !== undefined && this.#isStored ? undefined : this.#body;
    return this.#send(target, { expires: this.#expires, body: this.#sent });
  }

  /** 4.5 */
  remove(target: string | undefined, seconds: number | undefined): Promise<Published> | undefined {
    return this.#tag === undefined ? undefined : this.#send(target, { expires: 0, body: undefined, ...(seconds !== undefined && { timeout: seconds }) });
  }

  /** 4.1: the tag of each 2xx replaces the one before. The body may be another one since. */
  accepted({ meta }: Published): void {
    this.#tag = meta.sip_etag;
    if (this.#sent === this.#body) this.#isStored = true;
  }

  change(change: Exclude<Change, { readonly kind: 'target' }>): void {
    if (change.kind === 'expires') this.#expires = change.expires;
    else this.#tag = undefined;
  }

  #send(target: string | undefined, more: Pick<PublishOptions, 'expires' | 'body' | 'timeout'>): Promise<Published> {
    const about = target === undefined || this.options.to !== undefined ? undefined : addressIn(this.uri);
    return this.uac.publish(target ?? this.uri, { call_id: this.callId, ...this.options, sip_if_match: this.#tag, ...(about !== undefined && { to: about }), ...more });
  }
}

/** What the program does to its bytes later changes nothing that is sent. */
function copyOf(body: string | Uint8Array): string | Uint8Array {
  return typeof body === 'string' ? body : Uint8Array.from(body);
}

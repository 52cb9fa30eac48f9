import type { RegisterOptions, Registered, ServiceUac } from '@nksip-ts/core';
import { addressIn, isSips } from './redirection.js';
import type { Change, Sent } from './keep/judge.js';
import type { Work } from './keep/work.js';

/** What `startRegister` takes: the options of `uac.register`, but for those that remove. */
export type StartRegisterOptions = Omit<RegisterOptions, 'unregister' | 'unregister_all' | 'cseq_num'>;

/** A contact that is registered (RFC 3261 10.2). */
export class Registration implements Work<Registered> {
  #expires: number | undefined;

  /** `callId`: RFC 3261 10.2.4 has all registrations of a client with one Call-ID. */
  constructor(readonly uri: string, private readonly options: StartRegisterOptions, private readonly uac: Pick<ServiceUac, 'register'>, private readonly callId: string) {
    this.#expires = options.expires;
  }

  get asks(): Omit<Sent, 'tried'> {
    return { expires: this.#expires, hasTag: false, isSecure: isSips(this.uri) };
  }

  keep(target: string | undefined): Promise<Registered> {
    return this.#send(target, { expires: this.#expires });
  }

  remove(target: string | undefined, seconds: number | undefined): Promise<Registered> {
    return this.#send(target, { expires: undefined, unregister: true, ...(seconds !== undefined && { timeout: seconds }) });
  }

  accepted(): void {
    // The registrar has it; nothing else is to be remembered.
  }

  change(change: Exclude<Change, { readonly kind: 'target' }>): void {
    if (change.kind === 'expires') this.#expires = change.expires;
  }

  #send(target: string | undefined, more: RegisterOptions): Promise<Registered> {
    return this.uac.register(target ?? this.uri, { call_id: this.callId, ...this.options, ...(target !== undefined && this.#about), ...more });
  }

  get #about(): RegisterOptions {
    const address = addressIn(this.uri);
    return address === undefined ? {} : { to: this.options.to ?? address, from: this.options.from ?? address };
  }
}

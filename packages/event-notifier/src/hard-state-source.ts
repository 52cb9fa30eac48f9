import { isThenable, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Registrar } from '@nksip-ts/registrar';
import type { Aor } from '@nksip-ts/sip';
import { askState } from './callbacks.js';
import type { EventPackage } from './package/event-package.js';
import { reginfoOf, regPackage } from './package/reg.js';
import { HardStates } from './state/hard-states.js';
import type { HardState } from './state/read-state.js';
import { keyOf } from './watcher/record.js';

/** What hard state is asked with. */
export interface HardStateParts {
  readonly service: Pick<PluginService, 'id' | 'call' | 'fault'>;
  /** That of the service, if it has one now. */
  registrar(): Pick<Registrar, 'find'> | undefined;
  /** The event package of that name, as the service serves it now. */
  packageOf(event: string): EventPackage | undefined;
}

/** State that nobody publishes: the registrar tells that of the package reg, and the callback `sip_event_notifier_state` that of all others. */
export class HardStateSource {
  /** The last answers of the callback. */
  readonly #answers = new HardStates();

  constructor(private readonly parts: HardStateParts) {}

  ask(aor: Aor, event: string): MaybePromise<HardState | undefined> {
    const registrar = event === regPackage.name && this.parts.packageOf(event) === regPackage ? this.parts.registrar() : undefined;
    // If its store fails, watchers keep what they have.
    if (registrar !== undefined) return registrationOf(registrar, aor);
    try {
      const state = this.#answers.of(keyOf(aor, event), () => askState(this.parts.service, aor, event));
      return isThenable(state) ? state.catch((error: unknown) => this.#none(error)) : state;
    } catch (error) {
      return this.#none(error);
    }
  }

  /** The callback is asked again for the next document. */
  forget(aor: Aor, event: string): void {
    this.#answers.forget(keyOf(aor, event));
  }

  /** If the callback fails, watchers still see what is published. */
  #none(error: unknown): undefined {
    this.parts.service.fault(error);
  }
}

/** It changes by itself when the next contact expires. */
async function registrationOf(registrar: Pick<Registrar, 'find'>, aor: Aor): Promise<HardState | undefined> {
  const contacts = await registrar.find(aor);
  const document = reginfoOf(aor, contacts);
  return document === undefined ? undefined : { ...document, until: Math.min(...contacts.map(({ expires }) => expires)) };
}

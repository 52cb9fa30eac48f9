import type { Aor } from '@nksip-ts/sip';
import type { RegContact } from './store/contract.js';

/** What is registered for an address now. */
export interface RegistrationChange {
  readonly service: string;
  readonly aor: Aor;
  /** All contacts, the one that was registered last first; none: it is not registered any more. */
  readonly contacts: readonly RegContact[];
  /** 'register': by a REGISTER, a refresh too; 'remove': by `remove`. */
  readonly reason: 'register' | 'remove';
}

/** Nothing is registered any more at a service. */
export interface RegistrationsCleared {
  readonly service: string;
  readonly reason: 'clear';
}

declare module '@nksip-ts/core' {
  interface ServiceEventMap {
    /** The store has other contacts for an address: by a REGISTER, a refresh too, or by `remove`. That a contact has expired, or what another process writes into a shared store, is not told. */
    'registrar:changed': [change: RegistrationChange];
    /** `clear` removed everything. */
    'registrar:cleared': [change: RegistrationsCleared];
  }
}

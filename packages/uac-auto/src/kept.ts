import type { NksipError, Published, Registered } from '@nksip-ts/core';
import type { KeptState } from './keep/keeper.js';

/** A registration that is kept alive, as it is now. */
export interface KeptRegistration {
  readonly id: string;
  readonly uri: string;
  /** Whether the last response was a success. */
  readonly ok: boolean;
  /** 'new': no response yet; 'ok': the last one was a success; 'retrying': it was not; 'ended': it was stopped, or refused for good. */
  readonly state: KeptState;
  /** Seconds for which the server still keeps it, as far as is known. */
  readonly expires: number;
  /** Seconds until the next request; absent while one is under way, and at the end. */
  readonly next?: number;
}

/** The same of a publication. */
export interface KeptPublication extends KeptRegistration {
  /** Its entity-tag: with it, as `sip_if_match`, the program can go on after a restart. Absent while nothing is published. */
  readonly sip_etag?: string;
}

/** What happened: the response of which `state` speaks, absent where there was nothing to send; and why it ended, if it was refused for good. */
interface Told<R> {
  readonly service: string;
  readonly result?: R;
  readonly error?: NksipError;
}

export type RegistrationUpdate = KeptRegistration & Told<Registered>;
export type PublicationUpdate = KeptPublication & Told<Published>;

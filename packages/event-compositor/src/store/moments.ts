import type { RegPublish } from './contract.js';

/** The end of the year 9999, in seconds since 1970: what is beyond was never seconds. */
const LAST_SECOND = 253_402_300_799;

/** The longest time to live of a publication, in seconds: the largest Expires that a PUBLISH can have (RFC 3261 25.1). */
export const LONGEST_TTL = 4_294_967_295;

/** To the millisecond: stores keep no more of a time of a record. */
export function isSameTime(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Math.abs(one - other) < 0.001;
}

/** Whether it can be a time of a record: seconds from 1970 to 9999. */
export function isMoment(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
}

/** The record says itself when it has expired: its store is late with deleting, and keeps it during the grace (seconds). `now` in milliseconds. */
export function isLive({ expires }: RegPublish, now: number, grace = 0): boolean {
  return (expires + grace) * 1000 > now;
}

import type { RegPublish, StoreOp, StoreReply } from '@nksip-ts/event-compositor';
import { unavailable, type StoreFunction } from './compositor-under-test.ts';

/** How the store behaves for one operation. */
export interface Behaviour {
  readonly fault: 'none' | 'throws' | 'rejects' | 'unavailable' | 'nonsense' | 'hangs' | 'denies';
  /** Milliseconds until it answers; 0: at once and without a promise. Beyond the timeout it is too late. */
  readonly delay: number;
  /** Whether the operation is carried out when it begins or when it is answered. */
  readonly early: boolean;
  /** Whether an operation that fails was carried out nevertheless. */
  readonly done: boolean;
}

/** One operation, as the store saw it. */
export interface Asked {
  readonly process: number;
  readonly op: StoreOp;
  readonly at: number;
  /** When it was answered, and what. */
  answeredAt?: number;
  answer?: StoreReply | 'fault';
}

export const TIMEOUT = 5000;

/** A store that several processes share and that behaves as it is told, one operation after the other. */
export class ScriptedStore {
  readonly records = new Map<string, RegPublish>();
  readonly asked: Asked[] = [];
  readonly #script: readonly Behaviour[];
  readonly #atomic: boolean;
  #begun = 0;

  constructor(atomic: boolean, script: readonly Behaviour[]) {
    this.#atomic = atomic;
    this.#script = script;
  }

  /** From now on the script holds; before, all is well. */
  begin(): void {
    this.#begun = this.asked.length;
  }

  of(process: number): StoreFunction {
    return (op) => {
      const asked: Asked = { process, op, at: Date.now() };
      this.asked.push(asked);
      const scripted = this.#begun === 0 ? undefined : this.#script[(this.asked.length - 1 - this.#begun) % this.#script.length];
      return this.#behave(asked, scripted ?? { fault: 'none', delay: 0, early: true, done: true });
    };
  }

  #behave(asked: Asked, { fault, delay, early, done }: Behaviour): unknown {
    const { op } = asked;
    const sound = fault === 'none' || (fault === 'denies' && op.type !== 'get');
    const late = fault === 'hangs' || delay >= TIMEOUT;
    // What comes too late, or fails, was carried out when it began or not at all: a store takes operations in their order.
    const carriedOut = early || late || !sound ? (sound && !late) || done ? this.#carryOut(op) : undefined : 'later';
    const answer = (): StoreReply | Promise<StoreReply> => {
      const result = carriedOut === 'later' ? this.#carryOut(op) : carriedOut;
      asked.answeredAt = Date.now();
      asked.answer = 'fault';
      if (fault === 'denies' && op.type === 'get') return asked.answer = 'not_found';
      if (!sound || result === undefined) return failure(fault);
      return asked.answer = result;
    };
    if (fault === 'hangs') return new Promise(() => {});
    if (delay === 0) return answer();
    return new Promise((resolve, reject) => { setTimeout(() => { try { resolve(answer()); } catch (error) { reject(error as Error); } }, delay); });
  }

  #carryOut(op: StoreOp): StoreReply {
    if (op.type === 'del_all') return 'ok';
    const key = `${op.aor.user} ${op.tag}`;
    switch (op.type) {
      case 'get': return this.records.get(key) ?? 'not_found';
      case 'del': return this.records.delete(key) ? 'ok' : 'not_found';
      case 'put': {
        const replaces = this.#atomic && op.previous_tag !== undefined;
        if (replaces && !this.records.delete(`${op.aor.user} ${op.previous_tag}`)) return 'not_found';
        this.records.set(key, op.record);
        return replaces ? 'replaced' : 'ok';
      }
    }
  }
}

function failure(fault: Behaviour['fault']): StoreReply | Promise<StoreReply> {
  switch (fault) {
    case 'rejects': return Promise.reject(new Error('disk'));
    case 'unavailable': throw unavailable(3);
    case 'nonsense': return 'OK' as StoreReply;
    default: throw new Error('disk');
  }
}

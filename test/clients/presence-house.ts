import type { Service, SipRequest } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import { find, request, type RegContact } from '@nksip-ts/registrar';
import { parseAor, type Aor } from '@nksip-ts/sip';
import { owners } from '../../examples/owners.ts';
import { running } from '../wire/running.ts';

export const domain = '127.0.0.1';

export interface House {
  readonly service: Service;
  /**
   * All that somebody's phone did, in its order: `registered`, `refreshed`, `gone` as `find` says after each REGISTER that was accepted; `put`, `modify`, `refresh`,
   * `del` of publications; `watches bob` and `left bob`. What was refused: `REGISTER 423`.
   */
  of(user: string): readonly string[];
  /** Resolves when all of these have happened, `alice registered` for one. */
  until(...what: readonly string[]): Promise<void>;
}

const passwords = owners(domain, new Map([['alice', 'secret'], ['bob', 'secret']]));

/** What `nksip-ts serve` runs, where the phones of alice and bob register, publish and watch each other; with `digest` they need their passwords, `secret`. */
export async function presenceHouse(options: Readonly<Record<string, unknown>> = {}, digest = false): Promise<House> {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: string): void => {
    told.push(what);
    for (const look of waiting) look();
  };
  const contacts = (aor: Aor): Promise<readonly RegContact[]> => find(service, aor);
  const register = async (req: SipRequest) => {
    const aor = parseAor(req.message.to?.uri ?? '');
    if (aor === undefined) return 'continue';
    const before = await contacts(aor);
    const reply = await request(req);
    const after = await contacts(aor);
    req.afterReply((code) => { tell(`${aor.user} ${code === 200 ? becameOf(before, after) : `REGISTER ${code}`}`); });
    return ['reply', reply];
  };
  const service: Service = await running({
    plugins: ['event-compositor', 'registrar', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence,message-summary',
    sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0, ...options,
  }, { sip_register: register, ...(digest ? passwords : undefined) });
  for (const name of ['put', 'refresh', 'modify', 'del'] as const) service.events.on(`event_compositor:${name}`, ({ aor }) => { tell(`${aor.user} ${name}`); });
  service.events.on('event_notifier:start', ({ from, aor }) => { tell(`${parseAor(from)?.user} watches ${aor.user}`); });
  service.events.on('event_notifier:terminated', ({ from, aor }) => { tell(`${parseAor(from)?.user} left ${aor.user}`); });
  const until = (...what: readonly string[]) => new Promise<void>((resolve) => {
    const look = (): void => {
      if (!what.every((one) => told.includes(one))) return;
      waiting.delete(look);
      resolve();
    };
    waiting.add(look);
    look();
  });
  const of = (user: string) => told.filter((one) => one.startsWith(`${user} `)).map((one) => one.slice(user.length + 1));
  return { service, of, until };
}

/** What a REGISTER did to all contacts of an address. */
function becameOf(before: readonly RegContact[], after: readonly RegContact[]): string {
  if (after.length !== before.length) return after.length === 0 ? 'gone' : before.length === 0 ? 'registered' : `has ${after.length} contacts`;
  const [first, last] = [before, after].map((contacts) => contacts.map(({ contact }) => contact).join());
  if (first !== last) return `moved to ${last}`;
  return after.some(({ cseq }, index) => cseq !== before[index]?.cseq) ? 'refreshed' : 'asked';
}

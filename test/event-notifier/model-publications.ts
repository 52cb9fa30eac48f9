import { expect } from 'chai';
import { dialogInfo, pidf } from './documents.ts';

export const modelEvents = ['presence', 'dialog', 'message-summary', 'weather'] as const;
export type ModelEvent = (typeof modelEvents)[number];

/** One publication as the model keeps it: what it says, without its syntax. */
export interface ModelPublication {
  readonly event: ModelEvent;
  readonly publisher: string;
  tag: string;
  body: string;
  says: Says;
  /** Milliseconds since 1970. */
  until: number;
  /** Rises with each initial publication and modify. */
  since: number;
}

/** An open or closed tuple and a dialog in a state have a name; a mailbox has counts. */
interface Says {
  readonly name: string;
  readonly state: string;
  readonly counts: readonly [fresh: number, old: number];
}

export const typeOf: Readonly<Record<ModelEvent, string>> = {
  'presence': 'application/pidf+xml', 'dialog': 'application/dialog-info+xml', 'message-summary': 'application/simple-message-summary', 'weather': 'text/plain',
};

/** The `n`th body of a package; names collide now and then. */
export function bodyOf(event: ModelEvent, n: number): { readonly body: string; readonly says: Says } {
  const states = event === 'dialog' ? ['early', 'confirmed', 'terminated'] : ['open', 'closed'];
  const says: Says = { name: `n${n % 4}`, state: states[n % states.length] ?? '', counts: [n % 3, n % 5] };
  return { says, body: bodies[event](says, n) };
}

const bodies: Readonly<Record<ModelEvent, (says: Says, n: number) => string>> = {
  'presence': ({ name, state }: Says, n: number) => pidf(`<tuple id="${name}"><status><basic>${state}</basic></status><note>p${n}</note></tuple>`),
  'dialog': ({ name, state }: Says) => dialogInfo(`<dialog id="${name}" call-id="call-${name}"><state>${state}</state></dialog>`),
  'message-summary': ({ counts: [fresh, old] }: Says) => `Messages-Waiting: ${fresh > 0 ? 'yes' : 'no'}\r\nVoice-Message: ${fresh}/${old}\r\n`,
  'weather': (_: Says, n: number) => `weather ${n}`,
};

/** Whoever may not watch sees this, and so does who watches somebody of whom nothing is published. */
export function expectNeutral(event: string, body: string): void {
  if (event === 'presence') expect(tuplesIn(body).map(({ basic }) => basic), body).to.deep.equal(['closed']);
  else if (event === 'dialog') expect(dialogsIn(body).map(({ state }) => state), body).to.deep.equal(['terminated']);
  else expect(body).to.equal(event === 'weather' ? '' : 'Messages-Waiting: no\r\n');
}

/** `body` says what the publications say together, by the rules of each package; of one it is that, byte for byte. */
export function expectComposed(event: string, publications: readonly ModelPublication[], body: string): void {
  const newestFirst = publications.toSorted((a, b) => b.since - a.since);
  const [newest] = newestFirst;
  if (newest === undefined) return expectNeutral(event, body);
  if (event === 'weather') expect(body).to.equal(newest.body);
  else if (event === 'message-summary') expectSum(newestFirst, body);
  else if (event === 'presence') expectUnion(newestFirst, body);
  else expectDialogs(newestFirst, body);
}

/** RFC 3842 3.10. */
function expectSum(publications: readonly ModelPublication[], body: string): void {
  const [only, ...others] = publications;
  if (others.length === 0) return void expect(body).to.equal(only?.body);
  const [fresh, old] = [0, 1].map((at) => publications.reduce((sum, { says: { counts } }) => sum + (counts[at] ?? 0), 0));
  expect(/^Messages-Waiting: (\w+)/.exec(body)?.[1]).to.equal(Number(fresh) > 0 ? 'yes' : 'no');
  expect(/^Voice-Message: (\d+)\/(\d+)/m.exec(body)?.slice(1).map(Number)).to.deep.equal([fresh, old]);
}

/** Each tuple once, with an id of its own, the newest first, and the open ones before the others. */
function expectUnion(publications: readonly ModelPublication[], body: string): void {
  const [only, ...others] = publications;
  if (others.length === 0) return void expect(body).to.equal(only?.body);
  const tuples = tuplesIn(body);
  const said = publications.map(({ says: { state }, body: published }) => ({ basic: state, note: tuplesIn(published)[0]?.note }));
  expect(tuples.map(({ basic, note }) => ({ basic, note }))).to.deep.equal([...said.filter(({ basic }) => basic === 'open'), ...said.filter(({ basic }) => basic !== 'open')]);
  expect(new Set(tuples.map(({ id }) => id)).size, body).to.equal(tuples.length);
  for (const { id } of tuples) expect(id).to.match(/^n\d/);
}

/** Of one dialog of one publisher the newest state; none that has ended while another lives. */
function expectDialogs(publications: readonly ModelPublication[], body: string): void {
  const current = new Map<string, Says>();
  for (const { publisher, says } of publications) if (!current.has(`${publisher} ${says.name}`)) current.set(`${publisher} ${says.name}`, says);
  const alive = [...current.values()].filter(({ state }) => state !== 'terminated').map(({ name, state }) => `call-${name} ${state}`);
  const shown = dialogsIn(body);
  if (alive.length === 0) expect(shown.map(({ state }) => state), body).to.deep.equal(['terminated']);
  else expect(shown.map(({ callId, state }) => `${callId} ${state}`), body).to.have.members(alive);
  expect(new Set(shown.map(({ id }) => id)).size, body).to.equal(shown.length);
  expect(body).to.include('state="full"');
}

function tuplesIn(body: string): readonly { readonly id: string; readonly basic: string; readonly note: string | undefined }[] {
  return [...body.matchAll(/<tuple id="([^"]*)">(.*?)<\/tuple>/gs)].map(([, id = '', inside = '']) => ({ id, basic: /<basic>(\w+)/.exec(inside)?.[1] ?? '', note: /<note>(\w+)/.exec(inside)?.[1] }));
}

function dialogsIn(body: string): readonly { readonly id: string; readonly callId: string | undefined; readonly state: string }[] {
  return [...body.matchAll(/<dialog id="([^"]*)"([^>]*)>(.*?)<\/dialog>/gs)].map(([, id = '', more = '', inside = '']) => ({ id, callId: /call-id="([^"]*)"/.exec(more)?.[1], state: /<state>(\w+)/.exec(inside)?.[1] ?? '' }));
}

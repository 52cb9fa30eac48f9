import { bareType } from './sources.js';
import type { EventPackage, StateDocument, WatchedState } from './event-package.js';

const TYPE = 'application/simple-message-summary';
/** RFC 3842 5.2 allows any number of digits; counts are capped here, so that sums stay exact. */
const mostMessages = 2 ** 32 - 1;

/** New, old, new urgent, old urgent messages. */
type Counts = readonly [number, number, number, number];

/** The parts of a message summary (RFC 3842 5.2) that can be added up. */
interface Summary {
  readonly waiting: boolean;
  readonly account: string | undefined;
  /** By message context class (RFC 3458), as it was written. */
  readonly counts: ReadonlyMap<string, Counts>;
}

/** The package `message-summary` (RFC 3842): voicemail lamps. */
export const messageSummary: EventPackage = {
  name: 'message-summary', types: [TYPE], defaultExpires: 3600, minInterval: 1,
  validate: ({ data, content_type }) => content_type === undefined || bareType(content_type) !== TYPE || readSummary(data) !== undefined ? undefined : "its first line is not 'Messages-Waiting: yes' or 'Messages-Waiting: no'",
  compose: composed,
  neutral: () => ({ data: Buffer.from('Messages-Waiting: no\r\n'), content_type: TYPE }),
};

/** What is published, else hard state. */
function composed({ aor, publications, hard }: WatchedState, type: string): StateDocument {
  const readable = publications.flatMap(({ record: { data, content_type } }) => {
    const summary = bareType(content_type ?? TYPE) === TYPE ? readSummary(data) : undefined;
    return summary === undefined ? [] : [{ data, summary }];
  });
  const [one, ...others] = readable;
  if (one === undefined) return hard ?? messageSummary.neutral(aor, type);
  if (others.length === 0) return { data: one.data, content_type: TYPE };
  return { data: Buffer.from(textOf(readable.map(({ summary }) => summary).reduce(sum))), content_type: TYPE };
}

const waitingLine = /^messages-waiting[ \t]*:[ \t]*(yes|no)[ \t]*$/i;
const accountLine = /^message-account[ \t]*:[ \t]*(\S(?:.*\S)?)[ \t]*$/i;
/** `Voice-Message: 4/8 (1/2)`; the urgent ones may be left out. */
const countLine = /^([\w-]+-message|none)[ \t]*:[ \t]*(\d+)[ \t]*\/[ \t]*(\d+)(?:[ \t]*\([ \t]*(\d+)[ \t]*\/[ \t]*(\d+)[ \t]*\))?[ \t]*$/i;

/** Headers of single messages, after the empty line, are not read: a sum has none. */
function readSummary(data: Uint8Array): Summary | undefined {
  const [first = '', ...rest] = Buffer.from(data).toString('utf8').split(/\r?\n/);
  const waiting = waitingLine.exec(first)?.[1]?.toLowerCase();
  if (waiting === undefined) return undefined;
  const end = rest.indexOf('');
  const counts = new Map<string, Counts>();
  let account: string | undefined;
  for (const line of end < 0 ? rest : rest.slice(0, end)) {
    account ??= accountLine.exec(line)?.[1];
    const found = countLine.exec(line);
    if (found === null) continue;
    const [, name, fresh, old, urgent, oldUrgent] = found;
    counts.set(classOf(name), [numberOf(fresh), numberOf(old), numberOf(urgent), numberOf(oldUrgent)]);
  }
  return { waiting: waiting === 'yes', account, counts };
}

/** `voice-message` and `Voice-Message` are one class. */
function classOf(name = ''): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function numberOf(digits = '0'): number {
  return Math.min(Number(digits), mostMessages);
}

/** RFC 3842 3.10: "messages waiting" if any says so; counts of one class are added. */
function sum(a: Summary, b: Summary): Summary {
  const counts = new Map(a.counts);
  for (const [name, more] of b.counts) counts.set(name, added(counts.get(name) ?? [0, 0, 0, 0], more));
  return { waiting: a.waiting || b.waiting, account: a.account === b.account ? a.account : undefined, counts };
}

function added([fresh, old, urgent, oldUrgent]: Counts, more: Counts): Counts {
  return [fresh + more[0], old + more[1], urgent + more[2], oldUrgent + more[3]];
}

function textOf({ waiting, account, counts }: Summary): string {
  const lines = [...counts].map(([name, [fresh, old, urgent, oldUrgent]]) => `${name}: ${fresh}/${old} (${urgent}/${oldUrgent})\r\n`);
  return `Messages-Waiting: ${waiting ? 'yes' : 'no'}\r\n${account === undefined ? '' : `Message-Account: ${account}\r\n`}${lines.join('')}`;
}

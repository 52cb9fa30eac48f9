import { setTimeout as pauseFor } from 'node:timers/promises';
import { printable } from '@nksip-ts/core';
import { Misuse, text, type Parsed } from '../command-line/command-line.js';
import { Screen } from '../output/screen.js';
import { itemAt, itemsAt, numberAt, numbersOf, textAt, textsAt, type Item } from './answer.js';
import { columns } from './columns.js';
import { DeskFault } from './desk-client.js';
import { deskCommand, deskHelp, noWords, show, type Desk } from './desk-command.js';
import { duration } from './quantity.js';
import { statsLines } from './stats.js';

export const topHelp = `Usage: nksip-ts top [options]

Shows how the server goes, again and again, until q or Ctrl-C. Where standard output is no
terminal, it prints that once.

  --interval N       seconds between two looks (default 2)
${deskHelp}`;

/** Bars of the requests a second: looks that are kept. */
const kept = 60;
const bars = [...'▁▂▃▄▅▆▇█'];

interface Look {
  readonly service: Item;
  readonly usage: Item;
  readonly refusals: Item;
}

export const top = deskCommand(topHelp, { interval: { type: 'string' } }, async (desk) => {
  noWords(desk, 'top');
  const interval = intervalIn(desk.parsed);
  const first = await look(desk);
  if (desk.isJson || !Screen.isPossible) return show(desk, [first], () => linesOf(first, []));
  await refresh(desk, interval, first);
});

async function refresh(desk: Desk, interval: number, first: Look): Promise<void> {
  const screen = new Screen();
  const rates = [rateOf(first.usage)];
  try {
    let lines = linesOf(first, rates);
    while (!screen.left.aborted) {
      screen.draw([...lines.slice(0, 1), `Again each ${interval} s; q ends this.`, ...lines.slice(1)]);
      await pauseFor(interval * 1000, undefined, { signal: screen.left }).catch(() => undefined);
      lines = screen.left.aborted ? lines : await nextLines(desk, rates, lines);
    }
  } finally {
    screen.close();
  }
}

/** What was there before, and why, while there is no answer. */
async function nextLines(desk: Desk, rates: number[], before: readonly string[]): Promise<readonly string[]> {
  try {
    const now = await look(desk);
    rates.push(rateOf(now.usage));
    if (rates.length > kept) rates.shift();
    return linesOf(now, rates);
  } catch (error) {
    if (!(error instanceof DeskFault)) throw error;
    return [error.message, ...before.slice(1)];
  }
}

async function look({ client }: Desk): Promise<Look> {
  const [service, usage, refusals] = await Promise.all([client.get('/api/service'), client.get('/api/usage'), client.get('/api/refusals')]);
  return { service, usage, refusals };
}

function linesOf({ service, usage, refusals }: Look, rates: readonly number[]): readonly string[] {
  return [
    headOf(service), '',
    ...statsLines(usage),
    ...(rates.length > 1 ? ['', `requests/s  ${barsOf(rates)}`] : []),
    '', 'The last refusals', ...refusalLines(itemsAt(refusals, 'items')),
  ];
}

function headOf(service: Item): string {
  return printable(`${textAt(service, 'name')} ${textAt(service, 'version')}, ${service['draining'] === true ? 'draining' : 'up'} ${duration(numberAt(service, 'uptime'))}, ${textsAt(service, 'listening').join(', ')}`);
}

function refusalLines(items: readonly Item[]): readonly string[] {
  const newest = items.toSorted((one, other) => textAt(other, 'time').localeCompare(textAt(one, 'time'))).slice(0, 8);
  if (newest.length === 0) return ['none'];
  return columns(['TIME', 'CODE ', 'METHOD', 'ADDRESS', 'REASON', 'FROM'], newest.map((item) => [textAt(item, 'time').slice(11, 19), ...['code', 'method', 'uri', 'reason', 'source'].map((name) => textAt(item, name))]));
}

function rateOf(usage: Item): number {
  return numbersOf(itemAt(itemAt(usage, 'rates'), 'requests')).reduce((sum, [, rate]) => sum + rate, 0);
}

function barsOf(rates: readonly number[]): string {
  const most = Math.max(...rates, 1);
  return rates.map((rate) => bars[Math.min(bars.length - 1, Math.floor(rate / most * bars.length))] ?? '').join('');
}

function intervalIn(parsed: Parsed): number {
  const given = text(parsed, 'interval') ?? '2';
  if (!/^[1-9]\d{0,3}$/.test(given)) throw new Misuse(`--interval wants a number of seconds from 1 to 9999, not '${given}'.`);
  return Number(given);
}

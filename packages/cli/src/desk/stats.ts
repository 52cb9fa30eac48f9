import { itemAt, numberAt, numbersOf, type Item } from './answer.js';
import { facts } from './columns.js';
import { deskCommand, deskHelp, noWords, show } from './desk-command.js';
import { bytes, count, fine, milliseconds } from './quantity.js';

export const statsHelp = `Usage: nksip-ts stats [options]

Shows how much is stored, what comes in each second (over the last ten), how long responses
take, and the memory in use.

${deskHelp}`;

export const stats = deskCommand(statsHelp, {}, async (desk) => {
  noWords(desk, 'stats');
  const usage = await desk.client.get('/api/usage');
  show(desk, [usage], () => statsLines(usage));
});

export function statsLines(usage: Item): readonly string[] {
  const rates = itemAt(usage, 'rates');
  return facts([
    ...numbersOf(itemAt(usage, 'counts')).map(([name, value]) => [name, count(value)] as const),
    ['memory', memoryText(itemAt(usage, 'memory'))],
    ['requests/s', listText(itemAt(rates, 'requests'))],
    ['responses/s', listText(itemAt(rates, 'responses'))],
    ['NOTIFY/s', listText(itemAt(rates, 'notifies'))],
    ['latency', latencyText(itemAt(usage, 'latency_ms'))],
    ['loop lag', lagText(itemAt(usage, 'event_loop'))],
  ]);
}

function memoryText(memory: Item): string {
  const limit = numberAt(memory, 'limit');
  const used = numberAt(memory, 'used');
  return `${bytes(used)}${limit === undefined ? '' : ` of ${bytes(limit)} (${fine(100 * (used ?? 0) / limit)} %)`}`;
}

/** `PUBLISH 40, SUBSCRIBE 3` */
function listText(item: Item): string {
  const parts = numbersOf(item).map(([name, value]) => `${name} ${fine(value)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function latencyText(latency: Item): string {
  return `median ${milliseconds(numberAt(latency, 'p50'))}, 99th percentile ${milliseconds(numberAt(latency, 'p99'))}`;
}

function lagText(lag: Item): string {
  return `99th percentile ${milliseconds(numberAt(lag, 'p99_ms'))}, at most ${milliseconds(numberAt(lag, 'max_ms'))}`;
}

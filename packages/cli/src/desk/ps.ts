import { itemsAt, numberAt, textAt, textsAt, type Item } from './answer.js';
import { columns, facts } from './columns.js';
import { deskCommand, deskHelp, noWords, show } from './desk-command.js';
import { duration } from './quantity.js';

export const psHelp = `Usage: nksip-ts ps [options]

Shows the running service: its processes, for how long they have been running, where they
listen, and its plugins.

${deskHelp}`;

export const ps = deskCommand(psHelp, {}, async (desk) => {
  noWords(desk, 'ps');
  const service = await desk.client.get('/api/service');
  show(desk, [service], () => [...columns(['NAME', 'VERSION', 'PID ', 'UP', 'STATE'], processesOf(service)), '', ...about(service)]);
});

function processesOf(service: Item): readonly (readonly string[])[] {
  const first = [textAt(service, 'name'), textAt(service, 'version'), textAt(service, 'pid'), duration(numberAt(service, 'uptime')), service['draining'] === true ? 'draining' : 'running'];
  return [first, ...itemsAt(service, 'workers').map((worker) => [`  worker ${textAt(worker, 'id')}`, '', textAt(worker, 'pid'), '', ''])];
}

function about(service: Item): readonly string[] {
  return facts([
    ['listens on', textsAt(service, 'listening').join(', ')],
    ['plugins', textsAt(service, 'plugins').join(', ')],
    ['log level', textAt(service, 'log_level')],
  ]);
}

/** A plan, told. */
import { operations, type Operation } from './scale-figures.mts';
import type { Order, Plan } from './scale-model.mts';
import { table, text } from './table.mts';

export const operationNames: Readonly<Record<Operation | 'connect', string>> = {
  initial: 'PUBLISH, initial', refresh: 'PUBLISH, refresh', modify: 'PUBLISH, modify', remove: 'PUBLISH, remove',
  subscribe: 'SUBSCRIBE, new, and its NOTIFY', resubscribe: 'SUBSCRIBE, refresh, and its NOTIFY', unsubscribe: 'SUBSCRIBE, last, and its NOTIFY', notify: 'NOTIFY of a change',
  register: 'REGISTER, new', reregister: 'REGISTER, refresh', unregister: 'REGISTER, last', connect: 'new connections',
};

export function planText(order: Order, plan: Plan): string {
  return `${workText(plan)}\n\n${needText(order, plan)}`;
}

/** What there is to do. */
function workText(plan: Plan): string {
  const work = ([...operations, 'connect'] as const).filter((name) => plan.rates[name] > 0);
  return table(['operation', 'a second', 'cores'], work.map((name) => [operationNames[name], text(plan.rates[name], 1), text(plan.cpu[name], 3)]));
}

/** What is needed for it. */
export function needText(order: Order, plan: Plan): string {
  return table(['what', 'how much', 'why'], rows(order, plan));
}

function rows(order: Order, plan: Plan): readonly (readonly string[])[] {
  const { nodes, spare, processes, redis, disk, wire } = plan;
  const { utilisation, cores } = order;
  const all = nodes + spare;
  return [
    ['busy cores', text(plan.busyCores, 2), `an address that changes has ${text(plan.fanOut, 1)} watchers on average`],
    ['processes', text(processes, 0), whyProcesses(order, plan.limit)],
    ['nodes', text(all, 0), `${counted(nodes, 'node')} with ${cores} cores${spare === 0 ? '' : `, and ${spare} more, so that as many may fail`}`],
    ['memory of a process', sized(plan.processBytes), `in use; give it ${sized(plan.processBytes / utilisation)}`],
    ['memory of a node', sized(plan.nodeBytes), `in use, for ${counted(Math.ceil(processes / nodes), 'process', 'processes')}; give it ${sized(plan.nodeBytes / utilisation)}`],
    ...(redis === undefined ? [] : [
      ['Redis', `${text(redis.servers, 0)}`, `${counted(redis.shards, 'master')} with ${counted(order.replicas, 'replica')} each; ${redis.limit === 'one is enough' ? redis.limit : `${redis.limit} asks for as many`}`],
      ['memory of a Redis', sized(redis.bytes / redis.shards), `in use; ${sized(redis.bytes)} in all`],
      ['load of Redis', `${text(redis.busyCores, 2)} cores`, `${text(redis.commands, 0)} commands a second, ${bits(redis.in)} in, ${bits(redis.out)} out`],
    ]),
    ...(disk === undefined ? [] : [['disk', sized(disk.bytes), `in all; ${sized(disk.written)} written in a second`]]),
    ['received', bits(wire.in.bits), `${text(wire.in.messages, 0)} messages a second; ${bits(wire.in.bits / nodes)} a node`],
    ['sent', bits(wire.out.bits), `${text(wire.out.messages, 0)} messages a second; ${bits(wire.out.bits / nodes)} a node`],
    ['connections', text(plan.connections, 0), `${text(plan.connections / processes, 0)} a process`],
    ...(order.crowd === 0 ? [] : [['a crowd is told', `${text(1000 * plan.crowdTime, 0)} ms`, `${text(order.crowd, 0)} watchers of one address, by one process`]]),
    ['all are back', `${text(plan.returnTime, 0)} s`, 'if everybody publishes, subscribes and registers anew at once'],
  ];
}

function whyProcesses({ utilisation, processMemory, connectionsPerProcess }: Order, limit: Plan['limit']): string {
  if (limit === 'one is enough') return limit;
  if (limit === 'connections') return `at most ${text(connectionsPerProcess, 0)} connections each`;
  return limit === 'CPU' ? `at most ${100 * utilisation} % of a core each` : `at most ${100 * utilisation} % of ${sized(processMemory)} each`;
}

function counted(many: number, one: string, several = `${one}s`): string {
  return `${text(many, 0)} ${many === 1 ? one : several}`;
}

/** Bytes, in decimal units. */
export function sized(bytes: number): string {
  const units = [[1e12, 'TB'], [1e9, 'GB'], [1e6, 'MB'], [1e3, 'kB']] as const;
  const [size, unit] = units.find(([least]) => bytes >= least) ?? [1, 'B'];
  return `${text(bytes / size, bytes / size < 10 && size > 1 ? 1 : 0)} ${unit}`;
}

function bits(perSecond: number): string {
  return `${text(perSecond / 1e6, perSecond < 1e7 ? 2 : 0)} Mbit/s`;
}

import { reasonOf, startByName, update, type Service } from '@nksip-ts/core';
import { sentenceOf } from './command-line.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { withPlace } from './option-place.js';
import type { Plan, Reading } from './plan.js';
import { changesBetween } from './reload.js';
import { stopInTime, stopSignals } from './stop-signals.js';
import { isMessage, type FromWorker, type SharedOptions, type ToWorker } from './worker-messages.js';

/** One of the workers of `serve`. It starts and ends as it is told. */
export async function work(plan: Plan): Promise<ExitCode> {
  // Those of a terminal or of a service manager reach all processes of the command. The first of them decides.
  for (const signal of stopSignals) process.on(signal, () => undefined);
  const orders = ordersOf(process);
  await say({ type: 'loaded' });
  const code = await serveUntilTold(plan, await orders.start, orders);
  // The channel would keep the process alive.
  process.channel?.unref();
  return code;
}

/** Unless they are set. Workers do not tell each other which nonces were used, and without qop nothing else tells a replay. */
const ofWorkers = { sip_digest_without_qop: 'refuse' };

type Told<T extends ToWorker['type']> = Extract<ToWorker, { type: T }>;

interface Orders {
  readonly start: Promise<Told<'start'>>;
  readonly drain: Promise<unknown>;
  readonly stop: Promise<unknown>;
}

function ordersOf(channel: NodeJS.Process): Orders {
  const told = <T extends ToWorker['type']>(type: T): Promise<Told<T>> => new Promise((resolve) => {
    channel.on('message', (order: ToWorker) => { if (isMessage(order) && isOf(order, type)) resolve(order); });
  });
  return { start: told('start'), drain: told('drain'), stop: told('stop') };
}

function isOf<T extends ToWorker['type']>(order: ToWorker, type: T): order is Told<T> {
  return order.type === type;
}

async function serveUntilTold(plan: Plan, { options: shared, signOfLife }: Told<'start'>, { drain, stop }: Orders): Promise<ExitCode> {
  try {
    const service = await startByName(plan.name, optionsWith(shared, plan), plan.module, plan.folders);
    reloadWhenTold(service, plan, shared);
    await say({ type: 'ready' });
    showLife(signOfLife);
    await Promise.race([drain, stop]);
    await Promise.race([drain.then(() => service.drain()), stop]);
    return await stopInTime(service, plan.log);
  } catch (error) {
    const sentence = sentenceOf(withPlace(error, plan.config));
    if (sentence === undefined) throw error;
    await say({ type: 'failed', sentence });
    return exitCodes.misuse;
  }
}

function optionsWith(shared: SharedOptions, { options }: Reading): Readonly<Record<string, unknown>> {
  return { ...ofWorkers, ...options, ...shared };
}

/** It is told one thing at a time. */
function reloadWhenTold(service: Service, plan: Plan, given: SharedOptions): void {
  let [current, shared]: [Reading, SharedOptions] = [plan, given];
  const reload = async (next: SharedOptions): Promise<void> => {
    const after = await plan.reread(current);
    const changes = changesBetween(optionsWith(shared, current), optionsWith(next, after));
    await update(service, changes).catch((error: unknown) => { throw withPlace(error, after.config); });
    [current, shared] = [after, next];
  };
  process.on('message', (order: ToWorker) => {
    if (!isMessage(order) || !isOf(order, 'reload')) return;
    void reload(order.options).then(
      () => say({ type: 'reloaded' }),
      (error: unknown) => say({ type: 'reloaded', sentence: sentenceOf(error) ?? reasonOf(error) }),
    );
  });
}

/** Every so many milliseconds, but none while the last one is not on its way: the first process may be stopped, and take none. */
function showLife(interval: number): void {
  let isTaken = true;
  setInterval(() => {
    if (!isTaken) return;
    isTaken = false;
    void say({ type: 'alive' }).then(() => { isTaken = true; });
  }, interval).unref();
}

/** Resolves when it is on its way: the process may end then. */
async function say(message: FromWorker): Promise<void> {
  await new Promise<void>((resolve) => { process.send?.(message, () => resolve()); });
}

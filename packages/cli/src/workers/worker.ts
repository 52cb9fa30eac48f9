import { reasonOf, update, type Service } from '@nksip-ts/core';
import { sentenceOf, type Parsed } from '../command-line/command-line.js';
import { exitCodes, type ExitCode } from '../command-line/exit-codes.js';
import { placed } from '../command-line/option-place.js';
import { invocationOf, startService, type Invocation, type Reading } from '../config/invocation.js';
import { deskOf } from '../process/desk.js';
import { changesBetween } from '../process/reload.js';
import { stopInTime, stopSignals, tellWhyItEnds } from '../process/stop-signals.js';
import { isMessage, type FromWorker, type Setting, type SharedOptions, type ToWorker } from './messages.js';

/** One of the workers of `serve`. It starts and ends as it is told, with the configuration that it is told. */
export async function work(parsed: Parsed): Promise<ExitCode> {
  // Those of a terminal or of a service manager reach all processes of the command. The first of them decides.
  for (const signal of [...stopSignals, 'SIGHUP']) process.on(signal, () => undefined);
  const orders = ordersOf(process);
  await say({ type: 'loaded' });
  const code = await serveUntilTold(parsed, await orders.start, orders);
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

async function serveUntilTold(parsed: Parsed, { setting: { config, shared }, signOfLife }: Told<'start'>, { drain, stop }: Orders): Promise<ExitCode> {
  try {
    const invocation = await invocationOf(parsed, config);
    tellWhyItEnds(invocation);
    const service = await startService(invocation, optionsWith(shared, invocation));
    reloadWhenTold(service, invocation, shared);
    await answerForDesk(service);
    await say({ type: 'ready' });
    showLife(signOfLife);
    await Promise.race([drain, stop]);
    await Promise.race([drain.then(() => service.drain()), stop]);
    return await stopInTime(service, invocation.log);
  } catch (error) {
    const sentence = sentenceOf(error);
    if (sentence === undefined) throw error;
    await say({ type: 'failed', sentence });
    return exitCodes.misuse;
  }
}

function optionsWith(shared: SharedOptions, { options }: Reading): Readonly<Record<string, unknown>> {
  return { ...ofWorkers, ...options, ...shared };
}

/** The first process serves the page. */
async function answerForDesk(service: Service): Promise<void> {
  const desk = deskOf(service);
  if (desk === undefined) return;
  const { answering } = await import('@nksip-ts/admin');
  const take = answering(desk.desk, (message) => say({ type: 'desk', message }));
  process.on('message', (order: ToWorker) => { if (isMessage(order) && isOf(order, 'desk')) take(order.message); });
}

/** It is told one thing at a time. */
function reloadWhenTold(service: Service, invocation: Invocation, given: SharedOptions): void {
  let current = optionsWith(given, invocation);
  const reload = async ({ config = invocation.config, shared }: Setting): Promise<void> => {
    const reading = await invocation.read(config);
    const after = optionsWith(shared, reading);
    await placed(reading.places, update(service, changesBetween(current, after)));
    current = after;
  };
  process.on('message', (order: ToWorker) => {
    if (!isMessage(order) || !isOf(order, 'reload')) return;
    void reload(order.setting).then(
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

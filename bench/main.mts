/** A compositor beside others in the same run: `npm run bench`. What its table says stands in README.md. */
import { checkOut } from './checkout.mts';
import { nameOf, ours, peers, type Contender, type Place } from './contenders.mts';
import { measureLoad, measureMemory } from './measure.mts';
import { endServersOnSignals, failed, progress } from './program.mts';
import { planOf, usage, type Plan } from './plan.mts';
import type { Sample } from './samples.mts';
import { lineOf, ratioTable, resultsTable } from './table.mts';
import { measureRegister, measureRegistrations } from './register-measure.mts';
import { measureWatch, measureWatchers } from './watch-measure.mts';
import { measureWorkers, thirdOfCapacity, workerContenders } from './workers-measure.mts';

endServersOnSignals();

try {
  const plan = planOf(process.argv.slice(2));
  if (plan === undefined) console.log(usage);
  else await compare(plan, contendersOf(plan));
} catch (error) {
  failed(error);
}

/** The first is the one that is compared. */
function contendersOf({ servers, against }: Plan): readonly Contender[] {
  const others = peers.filter(({ name }) => servers.includes(name));
  if (against === undefined) return servers.includes('ours') ? [ours(), ...others] : others;
  progress(`building ${against}`);
  return [ours('now'), ours(against, checkOut(against)), ...others];
}

async function compare(plan: Plan, contenders: readonly Contender[]): Promise<void> {
  const samples: Sample[] = [];
  for (const place of plan.places) {
    const present = plan.measures.every((measure) => measure === 'workers') ? [] : contenders.filter((contender) => isThere(contender, place));
    if (plan.measures.includes('throughput') || plan.measures.includes('latency')) samples.push(...await rounds(plan, place, present, measureLoad));
    // It is the same over every transport.
    if (plan.measures.includes('memory') && plan.places.find(({ store }) => store === place.store) === place) {
      progress(`${nameOf(place)}: memory, ${2 * plan.settle} s and more`);
      samples.push(...await attempted(() => measureMemory(present.filter(({ keeps }) => keeps), place, plan)));
    }
    if (place.transport === 'udp' && place.store === 'lmdb' && plan.measures.includes('workers')) samples.push(...await workers(plan, place));
    if (place.transport !== 'udp' || place.store !== 'ram') continue;
    if (plan.measures.includes('watch')) samples.push(...await watch(plan, place, present.filter(hasWatchers)));
    if (plan.measures.includes('register')) samples.push(...await register(plan, place, present.filter(isRegistrar)));
  }
  console.log(resultsTable(samples));
  for (const { name } of [contenders[0], workerContenders[0]].filter((first) => first !== undefined)) {
    const ratios = ratioTable(samples, name);
    if (ratios !== '') console.log(`\n${ratios}`);
  }
}

async function watch(plan: Plan, place: Place, contenders: readonly Contender[]): Promise<readonly Sample[]> {
  const samples = await rounds(plan, place, contenders, measureWatch);
  progress(`${nameOf(place)}: memory of watchers, ${2 * plan.settle} s and more`);
  return [...samples, ...await attempted(() => measureWatchers(contenders, place, plan))];
}

async function register(plan: Plan, place: Place, contenders: readonly Contender[]): Promise<readonly Sample[]> {
  const samples = await rounds(plan, place, contenders, measureRegister);
  progress(`${nameOf(place)}: memory of registrations, ${2 * plan.settle} s and more`);
  return [...samples, ...await attempted(() => measureRegistrations(contenders, place, plan))];
}

async function workers(plan: Plan, place: Place): Promise<readonly Sample[]> {
  const present = workerContenders.filter((contender) => isThere(contender, place));
  progress('how much one process can do');
  const third = { ...plan, rate: await thirdOfCapacity(place, plan) };
  return await rounds(third, place, present, measureWorkers);
}

/** Every other round the order is the other way round, so that none always comes after the same one. */
async function rounds(plan: Plan, place: Place, contenders: readonly Contender[], measure: typeof measureLoad): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const measured = await attempted(() => measure(contender, place, plan, round));
      samples.push(...measured);
      for (const sample of measured) progress(`round ${round + 1}/${plan.rounds}, ${lineOf(sample)}`);
    }
  }
  return samples;
}

/** One that fails is told, and the others are measured all the same. */
async function attempted(measure: () => Promise<readonly Sample[]>): Promise<readonly Sample[]> {
  try {
    return await measure();
  } catch (error) {
    failed(error);
    return [];
  }
}

function isThere(contender: Contender, place: Place): boolean {
  const missing = contender.missing(place);
  if (missing !== undefined) progress(`${contender.name} is not measured at ${nameOf(place)}: ${missing}`);
  return missing === undefined;
}

function hasWatchers({ name, startWatched }: Contender): boolean {
  if (startWatched === undefined) progress(`${name} is not measured with watchers: it has none`);
  return startWatched !== undefined;
}

function isRegistrar({ name, startRegistrar }: Contender): boolean {
  if (startRegistrar === undefined) progress(`${name} is not measured with registrations: it is no registrar`);
  return startRegistrar !== undefined;
}

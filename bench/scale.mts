/** How much a deployment needs: `npm run bench:scale`. What it prints is told in README.md. */
import { writeFileSync } from 'node:fs';
import { endServersOnSignals, failed, progress } from './program.mts';
import { checkAll } from './scale-check.mts';
import { figuresPath, readFigures } from './scale-figures.mts';
import { measureAll } from './scale-measure.mts';
import { planFor } from './scale-model.mts';
import { amountOf, orderOf, readArguments, usage, type Values } from './scale-order.mts';
import { planText } from './scale-text.mts';

endServersOnSignals();
try {
  await run(process.argv.slice(2));
} catch (error) {
  failed(error);
}

async function run(args: readonly string[]): Promise<void> {
  const values = readArguments(args);
  if (values.help === true) console.log(usage);
  else if (values.measure === true) await measure(values, args);
  else if (values.check === true) await check(values);
  else plan(values);
}

function plan(values: Values): void {
  const order = orderOf(values);
  const { figures, note, machine } = readFigures();
  const made = planFor(order, figures);
  console.log(values.json === true ? JSON.stringify(made, undefined, 2) : `${planText(order, made)}\n\nMeasured on ${machine}. ${note}`);
}

async function measure(values: Values, args: readonly string[]): Promise<void> {
  const amount = (name: 'count' | 'weigh' | 'settle', usual: number): number => amountOf(name, values[name], usual);
  const asked = args.filter((arg, index) => arg !== '--to' && args[index - 1] !== '--to');
  const measured = await measureAll({ count: amount('count', 20_000), weigh: amount('weigh', 100_000), settle: amount('settle', 40) }, ['npm run bench:scale --', ...asked].join(' '));
  const file = values.to ?? figuresPath;
  writeFileSync(file, `${JSON.stringify(measured, undefined, 1).replace(/\{\s+("value"[^}]*?)\s+\}/g, (_, inside: string) => `{ ${inside.replace(/\s*\n\s*/g, ' ')} }`)}\n`);
  progress(`written to ${file}. ${measured.note}`);
}

async function check(values: Values): Promise<void> {
  const order = orderOf(values);
  const sizes = values.sizes?.split(',').map((size) => amountOf('sizes', size, 0)) ?? [10_000, 100_000, ...(values.million === true ? [1_000_000] : [])];
  console.log(await checkAll({ order, sizes, seconds: amountOf('seconds', values.seconds, 10), settle: amountOf('settle', values.settle, 40) }, readFigures().figures));
}

import { closeAll } from '../test/wire/running.ts';
import { failover, type FailoverPlan } from '../test/clients/failover.ts';
import type { Published } from '../test/clients/crowd.ts';

// What 200 publishers and 200 watchers notice when one of two nodes behind the Kamailio of examples/operations is killed.

const plan: FailoverPlan = { users: Number(process.argv[2] ?? 200), expires: 20, before: 5, after: 25, rate: 50 };

const quantile = (values: readonly number[], part: number): number => Math.round([...values].sort((one, other) => one - other)[Math.floor(part * (values.length - 1))] ?? 0);
const line = (what: string, published: readonly Published[]): string => {
  const times = published.map(({ took }) => took);
  const refused = published.filter(({ code }) => code !== 200).map(({ code }) => code);
  return `${what}: ${times.length} PUBLISH, ${refused.length} not accepted (${[...new Set(refused)].join(', ') || 'none'}); milliseconds: half ${quantile(times, 0.5)}, 99 % ${quantile(times, 0.99)}, slowest ${quantile(times, 1)}; `
    + `longer than T1, so sent again: ${times.filter((took) => took > 500).length}, twice: ${times.filter((took) => took > 1500).length}`;
};

try {
  const seen = await failover(plan);
  console.log(line('before', seen.before));
  console.log(line('after', seen.after));
  console.log(`watchers at the node that was killed: ${seen.hit.length} of ${plan.users}; seconds until the other node told them: half ${quantile(seen.back, 0.5) / 1000}, last ${quantile(seen.back, 1) / 1000}, granted ${plan.expires}`);
  console.log(`watchers without the newest state at the end: ${seen.outdated.length}; ends of subscriptions: ${JSON.stringify(seen.ends)}`);
} finally {
  await closeAll();
}

import { setTimeout as wait } from 'node:timers/promises';
import { later } from '../wire/running.ts';
import { Crowd, type Published } from './crowd.ts';
import { nodesAndProxy, type Node } from './kamailio-nodes.ts';

export interface FailoverPlan {
  readonly users: number;
  /** Seconds that a subscription is granted, and before and after the node is killed. */
  readonly expires: number;
  readonly before: number;
  readonly after: number;
  /** New states a second, of all users together. */
  readonly rate: number;
}

/** What a crowd behind the proxy saw when a node was killed. */
export interface Failover {
  /** PUBLISH requests before and after. */
  readonly before: readonly Published[];
  readonly after: readonly Published[];
  /** Users whose watcher was at the node that was killed. */
  readonly hit: readonly number[];
  /** Milliseconds from the kill until each of these heard from the other node. */
  readonly back: readonly number[];
  /** Users whose watcher does not know the newest state at the end. */
  readonly outdated: readonly number[];
  /** Why subscriptions ended, and how many. */
  readonly ends: Readonly<Record<string, number>>;
}

const document = (text: string): string => `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:u@127.0.0.1"><tuple id="t1"><status><basic>open</basic></status><note>${text}</note></tuple></presence>`;

/** Everybody publishes, and watches the next one; one of two nodes is killed meanwhile. */
export async function failover(plan: FailoverPlan): Promise<Failover> {
  const { port, nodes } = await nodesAndProxy('udp', Array.from({ length: plan.users }, (_, user) => `u${user}`));
  const crowd = await Crowd.arrive({
    users: plan.users, domain: '127.0.0.1', password: 'secret', server: `sip:127.0.0.1:${port}`, event: 'presence', body: document, expires: plan.expires, watches: (user) => (user + 1) % plan.users,
  }, later);
  await publishFor(crowd, plan, plan.before);
  const [victim] = nodes;
  if (victim === undefined) throw new Error('no node');
  const hit = usersAt(crowd, victim);
  const killed = crowd.now;
  await Promise.all([victim.kill(), publishFor(crowd, plan, plan.after)]);
  // What was published last has time to arrive.
  await wait(1500);
  const back = hit.map((user) => (crowd.noticed.find(({ at, user: other, node }) => other === user && at > killed && node !== victim.at)?.at ?? Infinity) - killed);
  return {
    before: crowd.published.filter(({ at }) => at < killed), after: crowd.published.filter(({ at }) => at >= killed), hit, back,
    outdated: Array.from({ length: plan.users }, (_, user) => user).filter((user) => crowd.noticed.findLast((one) => one.user === user)?.body !== crowd.newestOf((user + 1) % plan.users)),
    ends: counted(crowd.ends.map(({ why }) => why)),
  };
}

/** Users in turn, so many a second; resolves when all was answered. */
async function publishFor(crowd: Crowd, { users, rate }: FailoverPlan, seconds: number): Promise<void> {
  const all: Promise<void>[] = [];
  const end = crowd.now + 1000 * seconds;
  for (let user = 0; crowd.now < end; user = (user + 1) % users) {
    all.push(crowd.publish(user));
    await wait(1000 / rate);
  }
  await Promise.all(all);
}

/** By the last NOTIFY that each got. */
function usersAt(crowd: Crowd, { at }: Node): readonly number[] {
  const last = new Map(crowd.noticed.map(({ user, node }) => [user, node]));
  return [...last].filter(([, node]) => node === at).map(([user]) => user);
}

function counted(texts: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}

import type { RedisStore } from '@nksip-ts/event-store-redis';
import type { Node, NodesClient } from './nodes.ts';

export interface Race {
  readonly races: number;
  /** With exactly one 200 and 412 for the others, and the winner's tag good for the next one. */
  readonly fair: number;
  /** What the unfair ones were answered. */
  readonly unfair: readonly string[];
}

/** In each race all nodes are sent a modify of one and the same tag at once; `atOnce` addresses race side by side. */
export async function race(client: NodesClient, nodes: readonly Node[], races: number, atOnce: number): Promise<Race> {
  let fair = 0;
  let left = races;
  const unfair: string[] = [];
  const runner = async (user: string): Promise<void> => {
    let tag = (await client.publish(nodes[0]!, { user, body: 'start' }))?.one('SIP-ETag') ?? '';
    while (left-- > 0) {
      const answers = await Promise.all(nodes.map((node, n) => client.publish(node, { user, etag: tag, body: `of node ${n}` })));
      const won = answers.filter((answer) => answer?.code === 200);
      const lost = answers.filter((answer) => answer?.code === 412);
      if (won.length === 1 && lost.length === nodes.length - 1) fair++;
      else unfair.push(answers.map((answer) => answer?.code ?? 'none').join(' '));
      tag = won[0]?.one('SIP-ETag') ?? (await client.publish(nodes[0]!, { user, body: 'start' }))?.one('SIP-ETag') ?? '';
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, n) => runner(`racer${n}`)));
  return { races, fair, unfair };
}

/**
 * In each race one node is sent a modify of a tag that is kept, and the other a request of another kind for the same tag. Fair: each
 * is told 200, or 412 after a removal, and what is there is what is left of both in one of their orders.
 */
export async function keepRace(client: NodesClient, [one, other]: readonly [Node, Node], store: RedisStore, what: 'refresh' | 'modify' | 'remove', races: number, atOnce: number): Promise<Race> {
  let fair = 0;
  let left = races;
  const unfair: string[] = [];
  const rival = { refresh: {}, modify: { body: 'of the rival' }, remove: { expires: 0 } }[what];
  /** The codes of both and what is there then. */
  const outcomes = {
    refresh: ['200 200 newer'], modify: ['200 200 newer', '200 200 of the rival'],
    remove: ['200 200 nothing', '412 200 nothing'],
  }[what];
  const runner = async (user: string): Promise<void> => {
    while (left-- > 0) {
      const etag = (await client.publish(one, { user, body: 'start' }))?.one('SIP-ETag') ?? '';
      const answers = await Promise.all([client.publish(one, { user, etag, body: 'newer' }), client.publish(other, { user, etag, ...rival })]);
      const found = await store.get('server', { scheme: 'sip', user, domain: 'example.com' }, etag);
      const outcome = [...answers.map((answer) => answer?.code ?? 'none'), found === undefined ? 'nothing' : Buffer.from(found.data).toString()].join(' ');
      if (outcomes.includes(outcome)) fair++;
      else unfair.push(outcome);
      await client.publish(one, { user, etag, expires: 0 });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, n) => runner(`keeper${n}`)));
  return { races, fair, unfair };
}

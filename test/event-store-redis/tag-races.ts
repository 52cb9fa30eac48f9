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

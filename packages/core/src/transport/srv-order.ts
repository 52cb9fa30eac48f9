import type { SrvRecord } from 'node:dns';

/**
 * RFC 2782: lower priorities first; within one, chosen at random in proportion to the weights, those of weight 0 hardly ever first.
 * `random` returns a number from 0 up to but not including 1.
 */
export function srvOrder(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const priorities = [...new Set(records.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) => shuffled(records.filter((record) => record.priority === priority), random));
}

function shuffled(records: readonly SrvRecord[], random: () => number): SrvRecord[] {
  const left = records.toSorted((a, b) => a.weight - b.weight);
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    order.push(...left.splice(pick(left, random() * total), 1));
  }
  return order;
}

/** The first record whose weight, added to those before it, reaches `wanted`. */
function pick(records: readonly SrvRecord[], wanted: number): number {
  let sum = 0;
  const found = records.findIndex(({ weight }) => (sum += weight) >= wanted);
  return Math.max(found, 0);
}

/** Some events that happened one after the other, as readers get them. */
export interface Batch {
  /** In the format of server-sent events. */
  readonly frames: string;
  /** How many are in it, and how many more there were. */
  readonly many: number;
  readonly dropped: number;
}

export function frameOf(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}

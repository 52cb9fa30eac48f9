/** What becomes of a PUBLISH: what its 200 has done, or the code that refuses it. */
export type Outcome = 'created' | 'refreshed' | 'modified' | 'removed' | 'accepted, nothing stored' | 400 | 412 | 415 | 423;

/** SIP-If-Match: none, one that a publication has here, or one that none has. */
export type TagKind = keyof typeof outcomes;
/** Expires: absent, long enough, below our minimum, or 0. */
export type ExpiresKind = keyof (typeof outcomes)['absent'];
/** None, of a type that the package takes, or of another one. */
export type BodyKind = (typeof bodies)[number];

export const bodies = ['none', 'taken', 'not taken'] as const;

/**
 * RFC 3903 6, read row by row: (3) SIP-If-Match, then (4) Expires, then (5) the body; and the operations of its table in 4.1.
 * A column for each kind of body, in the order of `bodies`.
 */
const outcomes = {
  absent: {
    absent: [400, 'created', 415],
    enough: [400, 'created', 415],
    brief: [423, 423, 423],
    zero: [400, 'accepted, nothing stored', 415],
  },
  known: {
    absent: ['refreshed', 'modified', 415],
    enough: ['refreshed', 'modified', 415],
    brief: [423, 423, 423],
    zero: ['removed', 'removed', 415],
  },
  unknown: {
    absent: [412, 412, 412],
    enough: [412, 412, 412],
    brief: [412, 412, 412],
    zero: [412, 412, 412],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, readonly [Outcome, Outcome, Outcome]>>>>;

export function outcomeOf(tag: TagKind, expires: ExpiresKind, body: BodyKind): Outcome {
  return outcomes[tag][expires][bodies.indexOf(body)] ?? 400;
}

/** Every row of the table. */
export function everyOutcome(): readonly { readonly tag: TagKind; readonly expires: ExpiresKind; readonly body: BodyKind; readonly outcome: Outcome }[] {
  const tags = ['absent', 'known', 'unknown'] as const;
  const lifetimes = ['absent', 'enough', 'brief', 'zero'] as const;
  return tags.flatMap((tag) => lifetimes.flatMap((expires) => bodies.map((body) => ({ tag, expires, body, outcome: outcomeOf(tag, expires, body) }))));
}

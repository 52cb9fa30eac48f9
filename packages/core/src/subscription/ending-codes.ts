/** RFC 6665 4.1.2.2 and 4.2.2: responses to a SUBSCRIBE that refreshes, or to a NOTIFY, that end the subscription; no other one does (401 and 407 among them). */
export const endingCodes: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

import { definePackage, type StateDocument } from '@nksip-ts/event-notifier';

const type = 'application/vnd.example.doorbell';

/** What one door has published, such as `front: ringing`; undefined if it is something else. */
function doorIn(data: Uint8Array): { readonly door: string; readonly state: string } | undefined {
  const [, door, state] = /^(\w+): (ringing|quiet)\s*$/.exec(Buffer.from(data).toString()) ?? [];
  return door === undefined || state === undefined ? undefined : { door, state };
}

function documentOf(text: string): StateDocument {
  return { content_type: type, data: Buffer.from(text) };
}

const allQuiet = documentOf('all: quiet\r\n');

/** The doorbells of a house: each door publishes its own, and a watcher sees all of them. */
export const doorbell = definePackage({
  name: 'doorbell',
  types: [type],
  defaultExpires: 3600,
  minInterval: 1,
  validate: ({ data }) => doorIn(data) === undefined ? "it is not like 'front: ringing' or 'front: quiet'" : undefined,
  compose({ publications }) {
    // The newest publication comes last: if a door has two, that one counts.
    const doors = new Map<string, string>();
    for (const { record } of publications) {
      const found = doorIn(record.data);
      if (found !== undefined) doors.set(found.door, found.state);
    }
    if (doors.size === 0) return allQuiet;
    return documentOf([...doors].sort().map(([door, state]) => `${door}: ${state}\r\n`).join(''));
  },
  neutral: () => allQuiet,
  finish: ({ data }, { version }) => documentOf(`Version: ${version}\r\n${Buffer.from(data).toString()}`),
});

// What changes something at the server, each asked first.
import { send, under } from './api.js';
import { ask } from './asking.js';
import { note } from './note.js';
import { shown } from './text.js';

/**
 * @typedef {import('./wire.js').Publication} Publication
 * @typedef {import('./wire.js').Watcher} Watcher
 */

/** @type {(uri: string) => void} */
let changed = () => undefined;

/**
 * Not all of it is told by an event.
 * @param {(uri: string) => void} listener is told whose address was changed from here
 */
export function onChanged(listener) {
  changed = listener;
}

/** @param {string} uri @param {string} text */
function done(uri, text) {
  note(text);
  changed(uri);
}

/** @param {Publication} publication */
export async function removePublication({ uri, event, tag }) {
  const isDone = await ask({
    title: 'Remove this publication?',
    text: `What ${shown(uri)} published for ${shown(event)} is forgotten, and who watches is told. Its publisher learns of it by a 412 when it refreshes, and may publish anew.`,
    action: 'Remove', strong: true,
    run: (token) => send(under('/api/publications', uri, event, tag), { method: 'DELETE', token }),
  });
  if (isDone) done(uri, `Removed: ${shown(uri)}, ${shown(event)}`);
}

/**
 * @param {string} uri
 * @param {number} count of publications
 */
export async function removeAddress(uri, count) {
  const isDone = await ask({
    title: count === 1 ? 'Remove its publication?' : `Remove all its ${count} publications?`,
    text: `All that is published for ${shown(uri)} is forgotten, and who watches is told.`,
    action: 'Remove all', strong: true,
    run: (token) => send(under('/api/addresses', uri), { method: 'DELETE', token }),
  });
  if (isDone) done(uri, `Removed: all of ${shown(uri)}`);
}

/** @param {Watcher} watcher */
export async function endWatcher({ id, watcher, uri }) {
  const isDone = await ask({
    title: 'End this subscription?',
    text: `${shown(watcher)} is told that the subscription to ${shown(uri)} is over (deactivated). It may subscribe again at once.`,
    action: 'End it', strong: true,
    run: (token) => send(under('/api/watchers', id), { method: 'DELETE', token }),
  });
  if (isDone) done(uri, `Ended: ${shown(watcher)}`);
}

/**
 * @param {Watcher} watcher
 * @param {'allow' | 'deny'} decision
 */
export async function decide({ id, watcher, uri }, decision) {
  const isDone = await ask({
    title: decision === 'allow' ? 'Let it watch?' : 'Refuse it?',
    text: decision === 'allow' ? `${shown(watcher)} will see what ${shown(uri)} publishes.` : `${shown(watcher)} is told that it may not watch ${shown(uri)}.`,
    action: decision === 'allow' ? 'Allow' : 'Deny', strong: decision === 'deny',
    run: (token) => send(`${under('/api/watchers', id)}/decision`, { method: 'POST', body: { decision }, token }),
  });
  if (isDone) done(uri, `${decision === 'allow' ? 'Allowed' : 'Denied'}: ${shown(watcher)}`);
}

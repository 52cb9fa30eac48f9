import { AddressView } from './address.js';
import { get, Refused, send } from './api.js';
import { ask, startAsking } from './asking.js';
import { startCharts } from './charts.js';
import { tick } from './countdown.js';
import { byId, write } from './elements.js';
import { EventStream } from './event-stream.js';
import { Gathered } from './gathered.js';
import { startKeys } from './keys.js';
import { List } from './list.js';
import { Lists } from './lists.js';
import { note } from './note.js';
import { startNumbers } from './numbers.js';
import { Refusals } from './refusals.js';
import { Registrations } from './registrations.js';
import { onChanged } from './removing.js';
import { duration, shown } from './text.js';
import { startTheme } from './theme.js';
import { Watchers } from './watchers.js';

/**
 * @typedef {import('./wire.js').PublicationEvent} PublicationEvent
 * @typedef {import('./wire.js').Refusal} Refusal
 * @typedef {import('./wire.js').RegistrationEvent} RegistrationEvent
 * @typedef {import('./wire.js').Service} Service
 * @typedef {import('./wire.js').Usage} Usage
 */

const showNumbers = startNumbers();
const charts = startCharts();
const list = new List(watched);
const registrations = new Registrations(watched);
const address = new AddressView(watched);
const refusals = new Refusals();
const watchers = new Watchers(watched);
const search = byId('search', HTMLInputElement);
const lists = new Lists([
  { name: 'Publications', list, button: byId('show-publications', HTMLButtonElement), panel: byId('publications', HTMLElement) },
  { name: 'Registrations', list: registrations, button: byId('show-registrations', HTMLButtonElement), panel: byId('registrations', HTMLElement) },
], () => searchIn(0));

/** @type {Usage} */
let usage = {};
/** When the server started, as performance.now() counts. */
let begun = 0;
let lastLoad = -Infinity;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let searching;

/** @type {Gathered<PublicationEvent>} */
const publications = new Gathered((events) => {
  if (events.some(({ kind }) => kind === 'cleared')) return loadSoon();
  list.apply(events);
  for (const { uri } of events) address.touch(uri);
}, () => loadSoon());
/** @type {Gathered<Refusal>} */
const refused = new Gathered((items) => refusals.add(items), () => undefined);

const stream = new EventStream({
  onEvent(name, data) {
    if (name === 'sample') showSample(/** @type {Usage} */ (data));
    else if (name === 'publication') publications.add(/** @type {PublicationEvent} */ (data));
    else if (name === 'refusal') refused.add(/** @type {Refusal} */ (data));
    else if (name === 'watcher') showWatcher(/** @type {{ uri: string }} */ (data));
    else if (name === 'registration') showRegistration(/** @type {RegistrationEvent} */ (data));
    else if (name === 'dropped') loadSoon();
  },
  onOpen() {
    showConnection('live', 'live');
    watched(loadAll());
  },
  onClosed(reason, pause) {
    showConnection('waiting', `${reason.message} Trying again in ${duration(Math.ceil(pause / 1000))}`);
    if (reason.status === 401) askForToken(reason);
  },
});

/**
 * Tells what fails.
 * @param {Promise<unknown>} task
 */
function watched(task) {
  task.catch((error) => {
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) askForToken(error);
    else if (error.status !== 0) note(error.message);
  });
}

/** Beyond this machine, nobody reads without one. @param {Refused} reason */
function askForToken(reason) {
  void ask({ title: 'The server asks for a token', text: reason.message, action: 'Continue', run: (token) => send('/api/service', { token }) })
    .then((isKnown) => { if (isKnown) stream.retry(); });
}

async function loadAll() {
  lastLoad = performance.now();
  await loadService();
  await Promise.all([get('/api/usage').then((answer) => showUsage(/** @type {Usage} */ (answer))), list.load(), registrations.load(), watchers.load(), refusals.load(), address.load()]);
}

/** More happened than was told: reads it again, not too often, for each look is work for the server. */
function loadSoon() {
  again ??= setTimeout(() => {
    again = undefined;
    lastLoad = performance.now();
    watched(list.loadAgain());
    registrations.touch();
    watchers.touch();
    watched(address.load());
  }, Math.max(0, lastLoad + 10_000 - performance.now()));
}

async function loadService() {
  /** @type {Service} */
  const { name, version, uptime, listening, plugins } = await get('/api/service');
  begun = performance.now() - uptime * 1000;
  write(byId('service-name', HTMLElement), shown(name));
  document.title = `${shown(name)} · nksip-ts`;
  const places = listening.map(placeOf);
  byId('service-line', HTMLElement).title = places.join('\n');
  byId('service-line', HTMLElement).dataset.text = `${version} · ${places.slice(0, 2).join(', ')}${places.length > 2 ? ` and ${places.length - 2} more` : ''}`;
  lists.offer(plugins.includes('registrar'));
  const where = exampleHost(listening[0] ?? '');
  list.tell(usage.counts?.publications, where);
  watchers.tell(usage.counts?.watchers, where);
  showUptime();
}

/** `udp 127.0.0.1:5060`. @param {string} uri */
function placeOf(uri) {
  const [, host, transport] = /^sips?:([^;]+);transport=(\w+)$/i.exec(uri) ?? [];
  return shown(host === undefined ? uri : `${transport} ${host}`);
}

/** Where somebody on this machine may publish. @param {string} uri */
function exampleHost(uri) {
  return /^sips?:([^;]+)/i.exec(uri)?.[1]?.replace(/^(?:0\.0\.0\.0|\[::\])(?=:)/, '127.0.0.1');
}

function showUptime() {
  const line = byId('service-line', HTMLElement);
  if (line.dataset.text !== undefined) write(line, `${line.dataset.text} · up ${duration((performance.now() - begun) / 1000)}`);
}

/** @param {Usage} sample what it does not have is as before */
function showUsage(sample) {
  usage = { ...usage, ...sample };
  showNumbers(usage);
  list.tell(usage.counts?.publications);
  registrations.tell(usage.counts?.registrations);
  watchers.tell(usage.counts?.watchers);
}

/** Somebody begins to watch, or ends. @param {{ uri: string }} watcher */
function showWatcher({ uri }) {
  watchers.touch();
  address.touch(uri);
}

/** Contacts of an address are others now, or all are gone. @param {RegistrationEvent} change */
function showRegistration({ uri }) {
  registrations.touch();
  if (uri !== undefined) address.touch(uri);
  else loadSoon();
}

/** One each second. @param {Usage} sample */
function showSample(sample) {
  showUsage(sample);
  charts.add(usage);
}

/** @param {'live' | 'waiting'} state @param {string} text */
function showConnection(state, text) {
  byId('connection', HTMLElement).className = `pill ${state}`;
  write(byId('connection-text', HTMLElement), text);
}

/** What the location says is open. */
function route() {
  const [, encoded] = /^#\/address\/(.+)$/.exec(location.hash) ?? [];
  const before = address.uri;
  const uri = encoded === undefined ? undefined : decoded(encoded);
  if (uri === before) return;
  if (uri === undefined) address.close();
  else address.open(uri);
  lists.mark(uri);
  if (uri === undefined && before !== undefined) lists.focus(before);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const closeAddress = () => { location.hash = '#/'; };

/** @param {number} wait milliseconds */
function searchIn(wait) {
  clearTimeout(searching);
  searching = setTimeout(() => watched(lists.search(search.value)), wait);
}

startAsking();
onChanged((uri) => showWatcher({ uri }));
startTheme(() => charts.draw());
startKeys({
  '/': () => search.select(),
  j: () => lists.walk(1),
  k: () => lists.walk(-1),
  Escape: () => { if (address.uri !== undefined) closeAddress(); },
}, (field) => {
  if (field.value === '') lists.focusFirst();
  field.value = '';
  searchIn(0);
});
search.addEventListener('input', () => searchIn(200));
byId('search-form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(searching);
  watched(lists.search(search.value).then(() => lists.focusFirst()));
});
byId('address-close', HTMLButtonElement).addEventListener('click', closeAddress);
window.addEventListener('hashchange', route);
setInterval(() => {
  tick();
  showUptime();
}, 1000);
route();
void stream.run();

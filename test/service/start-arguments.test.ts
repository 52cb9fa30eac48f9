import * as nksip from '@nksip-ts/core';
import { NksipError, startByName } from '@nksip-ts/core';
import { expect } from 'chai';
import { fresh, requestText } from '../kit/request-text.ts';
import { closeAll, later, LogRecorder, running } from '../wire/running.ts';

/** As JavaScript calls it. */
const start = nksip.start as unknown as (...args: readonly unknown[]) => Promise<nksip.Service>;

async function said(...args: readonly unknown[]): Promise<string> {
  try {
    const service = await start(fresh('service'), ...args);
    later(() => service.stop());
    return 'nothing';
  } catch (error) {
    if (error instanceof NksipError) return error.message;
    throw error;
  }
}

describe('what programs for NkSIP, or a slip, give to start is told with what to write:', () => {
  afterEach(closeAll);

  const callbacks = { sip_publish: () => ['reply', 'ok'] };
  const byConfig = async (spec: Readonly<Record<string, unknown>>): Promise<string> => {
    try {
      later(await startByName(fresh('service'), spec).then((service) => () => service.stop()));
      return 'nothing';
    } catch (error) {
      return String(error);
    }
  };

  const options: readonly (readonly [string, unknown, string])[] = [
    ['a list of pairs', [['sip_from', 'sip:a@b'], ['sip_pass', 'hidden'], ['plugins', []]], "The argument 'options' cannot be a list: write an object: { sip_from: ..., sip_pass: ..., plugins: ... }."],
    ['a list', ['sip:all:5060'], "The argument 'options' cannot be a list: write an object, for example { sip_listen: 'sip:all:5060' }."],
    ['a text', 'sip:all:5060', "The argument 'options' cannot be a text: write an object, for example { sip_listen: 'sip:all:5060' }."],
    ['a Map', new Map([['sip_pass', 'hidden']]), "The argument 'options' cannot be a Map: write an object, or Object.fromEntries of the Map."],
    ['null', null, "The argument 'options' cannot be null: write an object, for example { sip_listen: 'sip:all:5060' }."],
    ['callbacks', { callbacks: {} }, "The option 'callbacks' is unknown: the object with the callbacks is the third argument of start."],
    ['port', { port: 5060 }, "The option 'port' is unknown: write sip_listen, for example 'sip:all:5060, sips:all:5061'."],
    ['sip_realm', { sip_realm: 'example.com' }, "The option 'sip_realm' is unknown: the realm is the domain in sip_from, or the one that sip_authorize returns: ['authenticate', 'example.com']."],
    ['tls_cert', { tls_cert: 'x' }, "The option 'tls_cert' is unknown: write 'tls_certfile'."],
    ['tls_key', { tls_key: 'x' }, "The option 'tls_key' is unknown: write 'tls_keyfile'."],
    ['default_expires', { default_expires: 60 }, "The option 'default_expires' is unknown: write 'sip_event_compositor_default_expires'."],
    ['a plugin by its path', { plugins: ['./lamp.mjs'] }, "The plugin './lamp.mjs' is unknown: a path is not looked up: import it, and list its default export."],
    ['a plugin by the name of its package', { plugins: ['@nksip-ts/event-compositor'] }, "'@nksip-ts/event-compositor' is not a plugin: the plugin of that package is named 'event-compositor': write that."],
    ['a function as a plugin', { plugins: [() => 'x'] }, "A function is not a plugin: list a name, or what definePlugin returned."],
    ['a promise', Promise.resolve({}), "The argument 'options' cannot be a promise: await it."],
    ['the callbacks', callbacks, "The option 'sip_publish' is unknown: callbacks are no options: put them into an object, which is the third argument of start."],
    ['callback', { callback: 'my_module' }, "The option 'callback' is unknown: the object with the callbacks is the third argument of start."],
    ['transports', { transports: [['udp', 'all', 5060]] }, "The option 'transports' is unknown: write sip_listen, for example 'sip:all:5060, sips:all:5061'."],
    ['plugins as a text', { plugins: 'event-compositor' }, "The option 'plugins' cannot be 'event-compositor': it must be a list of names or plugins, for example ['event-compositor']."],
    ['a plugin by its name in NkSIP', { plugins: ['nksip_event_compositor'] }, "The plugin 'nksip_event_compositor' is unknown. Did you mean 'event-compositor'?"],
    ['sip_listen as a list', { sip_listen: ['sip:all:5060', 'sips:all:5061'] }, "The option 'sip_listen' cannot be [\"sip:all:5060\",\"sips:all:5061\"]: write one text, with commas between: 'sip:all:5060, sips:all:5061' (a text on one line)."],
    ['sip_listen as a tuple', { sip_listen: ['udp', 'all', 5060] }, "The option 'sip_listen' cannot be [\"udp\",\"all\",5060]: write URIs in one text, for example 'sip:all:5060, sips:all:5061' (a text on one line)."],
    ['sip_listen as a number', { sip_listen: 5060 }, "The option 'sip_listen' cannot be 5060: write URIs in one text, for example 'sip:all:5060, sips:all:5061' (a text on one line)."],
  ];
  for (const [what, given, message] of options) it(what, async () => { expect(await said(given)).to.equal(message); });

  for (const [given, meant] of [
    ['5060', 'sip:all:5060'], [':5060', 'sip:all:5060'], ['*:5060', 'sip:all:5060'], ['127.0.0.1:5060', 'sip:127.0.0.1:5060'], ['udp:all:5060', 'sip:all:5060;transport=udp'],
    ['tls://all:5061', 'sips:all:5061;transport=tls'], ['ws://127.0.0.1:8080/', 'sip:127.0.0.1:8080;transport=ws'], ['https://all:443', 'sips:all:443;transport=wss'], ['sip://all:5060', 'sip:all:5060'],
  ] as const) {
    it(`sip_listen '${given}'`, async () => {
      expect(await said({ sip_listen: given })).to.equal(`sip_listen cannot be '${given}': '${given}' is not a sip: or sips: URI, but '${meant}' would be one. Write, for example, 'sip:all:5060, sips:all:5061'.`);
    });
  }

  class Callbacks {
    sip_publish(): unknown { return ['reply', 'ok']; }
  }
  const modules: readonly (readonly [string, unknown, string])[] = [
    ['a class', Callbacks, "The argument 'module' cannot be a class: it is a class: give an object of it, made with new."],
    ['a function', () => 'ok', "The argument 'module' cannot be a function: write an object with callbacks, by their names."],
    ['a list, as the third argument of NkSIP is', [], "The argument 'module' cannot be a list: write an object with callbacks, by their names."],
    ['the name of a module', 'my_module', "The argument 'module' cannot be a text: it is a name: import that module, and give what the import is."],
    ['an import that is not awaited', Promise.resolve(callbacks), "The argument 'module' cannot be a promise: await it."],
    ['a module whose default export has the callbacks', { default: callbacks }, "The argument 'module' cannot be an object: its callbacks are in its default export: give that."],
    ['null as the module', null, "The argument 'module' cannot be null: write an object with callbacks, by their names."],
    ...['sip_invite', 'sip_bye', 'sip_cancel'].map((name) => [name, { [name]: () => 'ok' }, new RegExp(`^The callback '${name}' of 'service-\\d+' is never called: there are no sessions here \\(INVITE is answered 405\\)\\.$`)] as unknown as readonly [string, unknown, string]),
    ['sip_publish_store', { sip_publish_store: () => 'ok' }, /is never called: write 'sip_event_compositor_store', with the plugin 'event-compositor'\.$/] as unknown as readonly [string, unknown, string],
    ['sip_registrar_store', { sip_registrar_store: () => 'ok' }, /(?:is never called: add the plugin 'registrar'|belongs to the plugin 'registrar': add it to 'plugins')\.$/] as unknown as readonly [string, unknown, string],
    ['a promise as a callback', { sip_publish: Promise.resolve() }, /^The callback 'sip_publish' of 'service-\d+' must be a function: await it\.$/] as unknown as readonly [string, unknown, string],
    ['a store object as a callback', { sip_publish: { get() {}, put() {}, del() {}, delAll() {} } }, /must be a function: storeCallback\(store\) makes one of a store object\.$/] as unknown as readonly [string, unknown, string],
    ['a misspelt callback', { sip_publsh: () => 'ok' }, /^The callback 'sip_publsh' of 'service-\d+' is never called\. Did you mean 'sip_publish'\?$/] as unknown as readonly [string, unknown, string],
  ];
  for (const [what, given, message] of modules) {
    it(what, async () => {
      const text = await said({}, given);
      if (typeof message === 'string') expect(text).to.equal(message);
      else expect(text).to.match(message);
    });
  }

  it('a misspelt method of a class', async () => {
    class Misspelt { sip_autorize(): string { return 'ok'; } }
    expect(await said({}, new Misspelt())).to.contain("Did you mean 'sip_authorize'?");
    expect(await said({}, new Callbacks())).to.equal('nothing');
  });

  it('the same from startByName, which a configuration file goes through', async () => {
    expect(await byConfig([['sip_from', 'x']] as unknown as Record<string, unknown>)).to.contain('write an object: { sip_from: ... }');
  });

  it('a module without any callback is a warning, and an empty object none', async () => {
    const warningsOf = async (module: object): Promise<readonly string[]> => {
      const logger = new LogRecorder();
      await running({ logger }, module);
      return logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    };
    expect(await warningsOf({ port: 5060, onRequest: () => 'ok' })).to.deep.equal(["The module that start was given has no callback: it has only 'port', 'onRequest'. Callbacks are functions by the names that are asked, such as sip_authorize."]);
    expect(await warningsOf(await import('./exports-nothing.ts'))).to.deep.equal(['The module that start was given has no callback: it exports nothing. Callbacks are functions by the names that are asked, such as sip_authorize.']);
    expect(await warningsOf({})).to.deep.equal([]);
    expect(await warningsOf(callbacks)).to.deep.equal([]);
  });
});

describe('an invalid value that a callback returned is told with what was forgotten:', () => {
  afterEach(closeAll);

  const reasonFor = async (answer: unknown, callback = 'sip_publish'): Promise<string> => {
    const logger = new LogRecorder();
    const service = await running({ logger }, { ...callbacksOf, [callback]: () => answer });
    expect((await service.inject(requestText()))?.code).to.equal(500);
    return logger.lines.find(({ level }) => level === 'error')?.message.replace(service.id, 'SERVICE') ?? '';
  };
  const callbacksOf = { sip_publish: () => ['reply', 'ok'] };
  const later = Promise.resolve('ok');
  const answers: readonly (readonly [string, unknown, string])[] = [
    ['a promise as the reply', ['reply', later], 'returned an invalid value, ["reply","a promise"]: there is a promise in it: await it.'],
    ['a promise as the argument of the reply', ['reply', ['ok', later]], 'returned an invalid value, ["reply",["ok","a promise"]]: there is a promise in it: await it.'],
    ['a promise as the body', ['reply', ['ok', { body: later }]], 'returned an invalid value, ["reply",["ok",{"body":"a promise"}]]: there is a promise in it: await it.'],
    ['nothing', undefined, "returned an invalid value, undefined: it must be ['reply', SipReply]: is a 'return' missing?"],
    ['a function', () => 'ok', 'returned an invalid value, a function: it is a function: call it, and return what it returns.'],
    ['a bare reply', 'ok', "returned an invalid value, 'ok': write ['reply', 'ok']."],
    ['a reply and its argument side by side', ['reply', 'forbidden', 'why'], `returned an invalid value, ["reply","forbidden","why"]: write ['reply', ['forbidden', 'why']].`],
    ['a code with a text', ['reply', [403, 'why']], `returned an invalid value, ["reply",[403,"why"]]: A code has its text in an option: write [403, { reason_phrase: 'why' }].`],
    ['a code as a text', ['reply', '200'], `returned an invalid value, ["reply","200"]: A code is a number: write 200.`],
    ['a bare code', 200, "returned an invalid value, 200: write ['reply', 200]."],
  ];
  for (const [what, answer, message] of answers) it(what, async () => { expect(await reasonFor(answer)).to.equal(`The callback 'sip_publish' of 'SERVICE' ${message}`); });

  it('true in sip_authorize, a reply of sip_route', async () => {
    expect(await reasonFor(true, 'sip_authorize')).to.contain("returned an invalid value, true: write 'ok' (it must be ");
    expect(await reasonFor(false, 'sip_authorize')).to.contain("returned an invalid value, false: write 'forbidden' (it must be ");
    expect(await reasonFor('ok', 'sip_route')).to.contain("returned an invalid value, 'ok': write 'process' (it must be ");
    expect(await reasonFor('not_found', 'sip_route')).to.contain("returned an invalid value, 'not_found': write ['reply', 'not_found'].");
  });

  it("a promise in 'continue', in sip_route and in sip_authorize", async () => {
    expect(await reasonFor(['continue', later])).to.equal("The callback 'sip_publish' of 'SERVICE' must return ['continue', [...]] with 2 arguments, not 'a promise: await it'.");
    expect(await reasonFor(['reply', later], 'sip_route')).to.contain('there is a promise in it: await it');
    expect(await reasonFor(['authenticate', later], 'sip_authorize')).to.contain('there is a promise in it: await it');
    expect(await reasonFor(undefined, 'sip_authorize')).to.contain("is a 'return' missing?");
  });

  it('what a callback threw is in the entry of the log with its stack', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger }, { sip_publish: () => { throw new TypeError('a slip of mine'); } });
    await service.inject(requestText());
    const { err } = logger.lines.find(({ level }) => level === 'error')!.fields as { readonly err: Error };
    expect((err.cause as Error).stack).to.match(/^TypeError: a slip of mine\n +at .*start-arguments\.test\.ts/);
  });
});

import * as core from '@nksip-ts/core';
import { definePlugin, startByName, uac, update, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { closeAll, running } from '../wire/running.ts';
import { faultOf } from '../kit/caught.ts';

/** As a program in JavaScript calls them. */
type Any = (...args: unknown[]) => unknown;

const said = async (work: () => unknown): Promise<string> => (await faultOf(work)).message;

describe('a function that is given nonsense says what to write:', () => {
  let service: Service;
  beforeEach(async () => { service = await running({}); });
  afterEach(closeAll);

  const noServices: readonly (readonly [unknown, string])[] = [
    [undefined, "undefined is no service: give what start returned, or the service's name."],
    [null, "null is no service: give what start returned, or the service's name."],
    [5, "5 is no service: give what start returned, or the service's name."],
    [{ id: 5 }, "{\"id\":5} is no service: give what start returned, or the service's name."],
    [Promise.resolve({}), 'a promise is no service: await it.'],
    ['', "No service '' is running."],
  ];
  for (const name of ['stop', 'drain', 'update', 'get', 'put', 'del', 'use'] as const) {
    it(`${name} without a service`, async () => {
      for (const [given, message] of noServices) expect(await said(() => (core[name] as Any)(given, {}))).to.equal(message);
    });
  }

  it('a request without a service', async () => {
    for (const [given, message] of noServices) expect(await said(() => (uac.options as Any)(given, 'sip:a@b'))).to.equal(message);
  });

  it('update without options, or with a promise of them', async () => {
    for (const [given, kind] of [[undefined, 'undefined'], [null, 'null'], [5, 'a number'], [[], 'a list'], [() => 1, 'a function']] as const) {
      expect(await said(() => (update as Any)(service, given))).to.equal(`The argument 'options' cannot be ${kind}: write an object, for example { sip_listen: 'sip:all:5060' }.`);
    }
    expect(await said(() => (update as Any)(service, Promise.resolve({})))).to.equal("The argument 'options' cannot be a promise: await it.");
  });

  it('a request with options that are none', async () => {
    for (const [given, kind] of [[null, 'null'], ['x', 'a text'], [[], 'a list']] as const) {
      expect(await said(() => (uac.options as Any)(service, 'sip:a@b', given))).to.equal(`The argument 'options' cannot be ${kind}: write an object, for example { event: 'presence', expires: 60 }.`);
    }
    expect(await said(() => (uac.publish as Any)(service, 'sip:a@b'))).to.equal("The argument 'options' cannot be undefined: write an object, for example { event: 'presence', expires: 60 }.");
    expect(await said(() => (uac.message as Any)(service, 'sip:a@b', Promise.resolve({})))).to.equal("The argument 'options' cannot be a promise: await it.");
  });

  it('chain with something else than a name', async () => {
    for (const given of [undefined, null, 5, []]) expect(await said(() => (service.chain as Any).call(service, given))).to.contain('is never called');
  });

  it('definePlugin with something else than an object', async () => {
    for (const [given, text] of [[undefined, 'undefined'], [5, 'A number'], ['x', 'A text'], [() => 1, 'A function']] as const) {
      expect(await said(() => (definePlugin as Any)(given))).to.equal(`${text} is not a plugin: write an object, for example { name: 'my-plugin' }.`);
    }
    expect(await said(() => (definePlugin as Any)(Promise.resolve({})))).to.equal('A promise is not a plugin: await it.');
  });

  it('a listener that is no function', async () => {
    for (const name of ['on', 'once', 'addListener'] as const) {
      expect(await said(() => (service.events[name] as Any).call(service.events, 'error', undefined))).to.equal("The argument 'listener' cannot be undefined: write a function.");
    }
    expect(await said(() => (service.events.off as Any).call(service.events, 'error', 5))).to.equal("The argument 'listener' cannot be 5: write a function.");
  });

  it('folders that are no list of paths', async () => {
    for (const given of ['/somewhere', 5, null, [5]]) {
      expect(await said(() => (startByName as Any)('folders', {}, {}, given))).to.match(/^The argument 'folders' cannot be .*: write a list of paths, such as pluginFolders\(\) returns\.$/);
    }
  });
});

import { expect } from 'chai';
import { definePlugin, startByName, update, use, NksipError, type PluginService, type Service } from '@nksip-ts/core';

interface Box { content: string }

declare module '@nksip-ts/core' {
  interface Plugins {
    'hooks-below': { api: Box };
    'hooks-above': { deps: 'hooks-below'; optional_deps: 'hooks-beside' };
    'hooks-beside': { api: Box; callbacks: { sip_hooks_beside: () => string } };
  }
}

let happened: string[] = [];
let failing = '';
let hanging = false;

/** A hook that tells that it was called, and throws where the test wants it to. */
function tell(what: string): void {
  happened.push(what);
  if (failing === what) throw new Error('as the test wants it');
}

definePlugin({
  name: 'hooks-below',
  api: (service): Box => {
    tell('below api');
    return { content: `box of ${service.id}` };
  },
  plugin_config: (config) => {
    tell('below config');
    return config;
  },
  plugin_prepare: (config, { api }) => {
    tell('below prepare');
    api.content += ', prepared';
    return { ...config, sip_from: 'sip:prepared@example.com' };
  },
  callbacks: (service) => {
    tell(`below callbacks ${service.config.sip_from}`);
    return {};
  },
  plugin_start: () => tell('below start'),
  plugin_drain: (how) => {
    tell(`below drain ${how}`);
    return hanging ? new Promise(() => undefined) : undefined;
  },
  plugin_stop: () => tell('below stop'),
});

let above: PluginService<unknown, 'hooks-above'> | undefined;

definePlugin({
  name: 'hooks-above', plugin_deps: ['hooks-below'], plugin_optional_deps: ['hooks-beside'],
  callbacks: (service) => {
    above = service;
    tell(`above callbacks ${service.use('hooks-below').content}, beside: ${String(service.use('hooks-beside')?.content)}`);
    return service.use('hooks-beside') === undefined ? {} : { sip_hooks_beside: () => 'above' };
  },
  plugin_start: () => tell('above start'),
  plugin_drain: async (how) => {
    tell(`above drain ${how}`);
    await Promise.resolve();
    tell('above drained');
  },
  plugin_stop: () => tell('above stop'),
});

definePlugin({
  name: 'hooks-beside',
  api: (): Box => ({ content: 'beside' }),
  callbacks: () => ({ sip_hooks_beside: () => 'beside' }),
});

describe('hooks of plugins', () => {
  let service: Service | undefined;

  async function started(options: object = {}): Promise<Service> {
    service = await startByName('hooks', { plugins: ['hooks-above'], log_level: 'silent', ...options });
    return service;
  }

  async function fault(work: Promise<unknown>): Promise<NksipError> {
    return await work.then(() => { throw new Error('nothing was refused'); }, (error: unknown) => error as NksipError);
  }

  beforeEach(() => {
    happened = [];
    failing = '';
    hanging = false;
  });

  afterEach(async () => {
    await service?.stop();
    service = undefined;
  });

  const start = ['below config', 'below api', 'below prepare', 'below callbacks sip:prepared@example.com', 'above callbacks box of hooks, prepared, beside: undefined', 'below start', 'above start'];

  it('run in the order that is documented, and what one offers is there for dependents from callbacks on', async () => {
    const running = await started();
    expect(happened).to.deep.equal(start);
    expect(use(running, 'hooks-below').content).to.equal('box of hooks, prepared');
    happened = [];
    expect(await running.stop()).to.equal('ok');
    expect(happened).to.deep.equal(['above drain stop', 'below drain stop', 'above drained', 'above stop', 'below stop']);
  });

  it('plugin_drain is told once, before the sockets are closed, and drain waits for it', async () => {
    const running = await started({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    happened = [];
    expect(await running.drain()).to.equal('ok');
    expect(happened).to.deep.equal(['above drain drain', 'below drain drain', 'above drained', 'above stop', 'below stop']);
  });

  it('plugin_drain that does not end holds up neither drain nor stop, and is told', async () => {
    const faults: string[] = [];
    for (const [end, sentence] of [['drain', "plugin_drain of 'hooks-below' did not end within 0 seconds."], ['stop', "plugin_drain of 'hooks-below' did not end within 1 seconds."]] as const) {
      hanging = true;
      const running = await started({ sip_drain_timeout: 0 });
      running.events.on('error', ({ error }) => faults.push(error.message));
      await running[end]();
      expect(faults.pop()).to.equal(sentence);
      expect(happened.slice(-2)).to.deep.equal(['above stop', 'below stop']);
    }
  });

  it('an update prepares again and starts nothing anew', async () => {
    const running = await started();
    happened = [];
    await update(running, { sip_no_100: true });
    expect(happened).to.deep.equal(['below config', 'below prepare']);
    await update(running, { plugins: ['hooks-below'] });
    expect(happened.slice(2)).to.deep.equal(['below config', 'below prepare', 'above drain drain', 'above drained', 'above stop']);
  });

  for (const [what, undone] of [
    ['below config', []], ['below api', []], ['below prepare', ['below stop']], ['below start', ['below stop']], ['above start', ['below stop']],
    ['below callbacks sip:prepared@example.com', ['below stop']],
  ] as const) {
    it(`plugin_stop undoes what plugin_prepare opened where ${what} fails, and nothing else`, async () => {
      failing = what;
      const error = await fault(started());
      expect([error.code, error.details['plugin']]).to.deep.equal(['plugin_failed', what.startsWith('below') ? 'hooks-below' : 'hooks-above']);
      expect(happened.filter((one) => one.endsWith('stop'))).to.deep.equal(undone);
    });
  }

  it('plugin_stop undoes plugin_prepare where the listeners cannot be bound, or an update is refused', async () => {
    expect((await fault(started({ sip_listen: 'nonsense' }))).code).to.equal('invalid_listen');
    expect(happened.at(-1)).to.equal('below stop');
    const running = await started({ plugins: [] });
    happened = [];
    expect((await fault(update(running, { plugins: ['hooks-above'], sip_secret: 'another text of 16' }))).code).to.equal('invalid_option');
    expect(happened.at(-1)).to.equal('below stop');
  });

  it('an optional dependency is not loaded, but goes before where somebody loads it', async () => {
    await started({ plugins: ['hooks-beside', 'hooks-above'] });
    expect(happened).to.include('above callbacks box of hooks, prepared, beside: beside');
    expect(service?.chain('sip_hooks_beside')).to.deep.equal(['hooks-above', 'hooks-beside']);
  });

  it('use refuses a plugin that is not among the dependencies', async () => {
    await started();
    expect(() => above?.use('hooks-nobody' as 'hooks-below')).to.throw("'hooks-above' is not a plugin: it uses 'hooks-nobody': name that in plugin_deps.");
  });
});

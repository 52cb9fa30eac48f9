import { expect } from 'chai';
import { z } from 'zod';
import { coreOptions } from '../../packages/core/src/option/core-options.ts';
import { definePlugin } from '../../packages/core/src/plugin/define.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { optionRows } from '../../packages/core/src/option/meta.ts';
import { configurePlugins, parseOptions } from '../../packages/core/src/service/parse-options.ts';
import type { LoadedPlugin, PluginService } from '../../packages/core/src/plugin/contract.ts';
import { registeredPlugin } from '../../packages/core/src/plugin/registry.ts';
import { faultOf, faultThrownBy } from '../kit/caught.ts';

const sizeOptions = z.object({
  sip_options_size: z.int().min(1).default(60).meta({ type: 'seconds', description: 'A size.' }),
  sip_options_url: z.string().optional(),
});
const topOptions = z.object({ sip_options_top: z.boolean().default(false) });

declare module '@nksip-ts/core' {
  interface Plugins {
    'options-size': { options: z.input<typeof sizeOptions> };
    'options-top': { deps: 'options-size'; options: z.input<typeof topOptions> };
  }
}

definePlugin({ name: 'options-size', options: sizeOptions });
definePlugin({ name: 'options-top', plugin_deps: ['options-size'], options: topOptions });

function pluginsNamed(...names: readonly string[]): readonly LoadedPlugin[] {
  return names.flatMap((name) => registeredPlugin(name) ?? []);
}

/** A plugin that is in no registry. */
function pluginWith(parts: Partial<LoadedPlugin> & { readonly name: string }): LoadedPlugin {
  return { plugin_deps: [], plugin_optional_deps: [], options: z.object({}), callback_names: [], callbacks: () => ({}), ...parts };
}

const refusal = (spec: unknown, plugins: readonly LoadedPlugin[] = []): NksipError => faultThrownBy(() => parseOptions(spec, plugins));

describe('options', () => {
  it('are filled in with their defaults', () => {
    expect(parseOptions({}, [])).to.include({
      sip_local_host: 'auto', sip_no_100: false, sip_timer_t1: 500, sip_timer_t2: 4000, sip_timer_t4: 5000, log_level: 'warn', tls_self_signed: true, tls_verify: true,
    });
    expect(parseOptions({}, []).plugins).to.deep.equal([]);
    expect(parseOptions({}, [])).not.to.have.any.keys('sip_events', 'sip_listen', 'logger');
  });

  it('include those of the plugins, which are listed in their order', () => {
    const config = parseOptions({ plugins: ['options-top'], sip_options_top: true }, pluginsNamed('options-top', 'options-size'));
    expect(config).to.include({ sip_options_top: true, sip_options_size: 60 });
    expect(config.plugins).to.deep.equal(['options-top', 'options-size']);
  });

  it("sip_local_host '' and auto are the same", () => {
    for (const sip_local_host of ['', 'auto', undefined]) expect(parseOptions({ sip_local_host }, []).sip_local_host).to.equal('auto');
    expect(parseOptions({ sip_local_host: 'localhost' }, []).sip_local_host).to.equal('localhost');
  });

  it('lists are a text or a list, without blanks and repetitions', () => {
    for (const sip_events of ['presence, dialog', ' presence ,dialog,,presence', ['presence', 'dialog'], ['presence ', 'dialog', 'presence']]) {
      expect(parseOptions({ sip_events }, []).sip_events).to.deep.equal(['presence', 'dialog']);
    }
    expect(parseOptions({ sip_events: '' }, []).sip_events).to.deep.equal([]);
  });

  it('can be parsed again without a change', () => {
    const once = parseOptions({ sip_events: 'a,b', sip_local_host: '', sip_from: '"A" <sip:a@b>', plugins: [] }, pluginsNamed('options-size'));
    expect(parseOptions(once, pluginsNamed('options-size'))).to.deep.equal(once);
  });

  for (const [option, nearest] of [
    ['sip_listn', 'sip_listen'], ['sipListen', 'sip_listen'], ['sip_event', 'sip_events'], ['loglevel', 'log_level'], ['plugin', 'plugins'], ['sip_options_sise', 'sip_options_size'],
  ] as const) {
    it(`refuse ${option} and suggest ${nearest}`, () => {
      const error = refusal({ [option]: 1 }, pluginsNamed('options-size'));
      expect(error.code).to.equal('unknown_option');
      expect(error.details).to.include({ option, nearest });
      expect(error.message).to.equal(`The option '${option}' is unknown. Did you mean '${nearest}'?`);
    });
  }

  it('refuse an option of a plugin that is not listed, naming the plugin', () => {
    const error = refusal({ sip_options_size: 3 });
    expect(error.code).to.equal('unknown_option');
    expect(error.message).to.equal("The option 'sip_options_size' belongs to the plugin 'options-size': add it to 'plugins'.");
  });

  it('refuse names that every object has', () => {
    for (const option of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(refusal(Object.fromEntries([[option, 1]])).code, option).to.equal('unknown_option');
    }
  });

  for (const [spec, message] of [
    [{ sip_timer_t1: '500' }, "The option 'sip_timer_t1' cannot be '500': it must be a whole number of milliseconds, 1 to 60000; write 500 without quotes."],
    [{ sip_timer_t1: 0 }, "The option 'sip_timer_t1' cannot be 0: it must be a whole number of milliseconds, 1 to 60000."],
    [{ sip_timer_t1: 1.5 }, "The option 'sip_timer_t1' cannot be 1.5: it must be a whole number of milliseconds, 1 to 60000."],
    [{ sip_timer_t1: Number.NaN }, "The option 'sip_timer_t1' cannot be NaN: it must be a whole number of milliseconds, 1 to 60000."],
    [{ sip_no_100: 'yes' }, "The option 'sip_no_100' cannot be 'yes': it must be true or false."],
    [{ sip_events: 5 }, "The option 'sip_events' cannot be 5: it must be names as 'a, b' or ['a', 'b'], each one token."],
    [{ sip_events: 'a\r\nX: b' }, "The option 'sip_events' cannot be 'a\\r\\nX: b': control characters cannot stand in it (names as 'a, b' or ['a', 'b'], each one token)."],
    [{ sip_trusted_proxies: '192.0.2.1, 10.0.0.1/8' }, "The option 'sip_trusted_proxies' cannot be '192.0.2.1, 10.0.0.1/8': '10.0.0.1/8' is neither an address nor a network whose bits behind the prefix are 0 (addresses and networks such as '192.0.2.1, 10.0.0.0/8, 2001:db8::/32', or a list of them)."],
    [{ sip_trusted_proxies: ['proxy.example.com'] }, "The option 'sip_trusted_proxies' cannot be [\"proxy.example.com\"]: 'proxy.example.com' is neither an address nor a network whose bits behind the prefix are 0 (addresses and networks such as '192.0.2.1, 10.0.0.0/8, 2001:db8::/32', or a list of them)."],
    [{ log_level: 'loud' }, "The option 'log_level' cannot be 'loud': it must be one of 'silent', 'error', 'warn', 'info', 'debug'."],
    [{ logger: {} }, "The option 'logger' cannot be {}: it must be an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out."],
    [{ logger: console }, "The option 'logger' cannot be the console: it must be an object with level, isLevelEnabled, debug, info, warn, error; for the console leave `logger` out."],
    [{ sip_listen: 5060 }, "The option 'sip_listen' cannot be 5060: write URIs in one text, for example 'sip:all:5060, sips:all:5061' (a text on one line)."],
    [{ sip_options_size: 0 }, "The option 'sip_options_size' cannot be 0: it must be seconds."],
    [{ sip_options_url: 1 }, "The option 'sip_options_url' cannot be 1: it must be a text."],
    [{ sip_timer_t1: '5s' }, "The option 'sip_timer_t1' cannot be '5s': it must be a whole number of milliseconds, 1 to 60000; write 5000."],
    [{ sip_nonce_timeout: '1h' }, "The option 'sip_nonce_timeout' cannot be '1h': it must be a whole number of seconds, 1 to 2147483; write 3600."],
    [{ sip_no_100: 'true' }, "The option 'sip_no_100' cannot be 'true': it must be true or false; write true without quotes."],
    [{ tls_sni: { 'a b': { certfile: 'x' } } }, "The option 'tls_sni' cannot be '[redacted object]': a name is like sip.example.com or *.example.com ({ 'name.example': { certfile, keyfile, password }, ... }; keyfile and password may be absent)."],
    [{ sip_secret: 'short' }, "The option 'sip_secret' cannot be '[redacted string]': it must be a text of 16 characters or more."],
  ] as const) {
    it(`refuse ${JSON.stringify(spec)}, saying what would be right`, () => {
      const error = refusal(spec, pluginsNamed('options-size'));
      expect(error.code).to.equal('invalid_option');
      expect(error.message).to.equal(message);
    });
  }

  it('name the plugin that needs one which is missing', () => {
    const disk = pluginWith({ name: 'disk', options: z.object({ sip_disk_path: z.string().meta({ type: 'the path of a directory' }) }) });
    expect(refusal({}, [disk]).message).to.equal("The plugin 'disk' needs the option 'sip_disk_path': it must be the path of a directory.");
  });

  it('refuse what is no object', () => {
    for (const spec of [undefined, null, 'sip:all', 3, []]) expect(refusal(spec).code).to.equal('invalid_argument');
  });

  it('refuse a plugin with an option that another one has', () => {
    const twice = pluginWith({ name: 'twice', options: z.object({ sip_options_size: z.number().optional() }) });
    expect(refusal({}, [...pluginsNamed('options-size'), twice]).message).to.include("its option 'sip_options_size' is one of options-size already");
    for (const option of ['sip_listen', 'plugins']) {
      expect(refusal({}, [pluginWith({ name: 'bold', options: z.object({ [option]: z.string().optional() }) })]).message).to.include(`'${option}' is one of core already`);
    }
  });

  it('never print a secret that was not given wrong', () => {
    expect(refusal({ tls_password: 'hunter2', sip_timer_t1: -1 }).message).not.to.include('hunter2');
  });
});

describe('plugin_config', () => {
  const serviceOf = (plugin: LoadedPlugin): PluginService => ({ id: plugin.name } as PluginService);

  async function configured(plugins: readonly LoadedPlugin[], spec: object = {}): Promise<object> {
    return await configurePlugins(parseOptions(spec, plugins), plugins, 'plugin_config', (plugin, config) => plugin.plugin_config?.(config, serviceOf(plugin)));
  }

  const configFault = (plugin: LoadedPlugin): Promise<NksipError> => faultOf(configured([plugin]));

  it('reads and changes the configuration of the whole service, dependencies first', async () => {
    const seen: unknown[] = [];
    const below = pluginWith({ name: 'below', plugin_config: (config) => ({ ...config, sip_timer_t1: config.sip_timer_t1 + 1 }) });
    const above = pluginWith({ name: 'above', plugin_deps: ['below'], plugin_config: async (config, service) => { seen.push(config.sip_timer_t1, service.id); return { ...config, sip_no_100: true }; } });
    expect(await configured([above, below])).to.include({ sip_timer_t1: 501, sip_no_100: true });
    expect(seen).to.deep.equal([501, 'above']);
  });

  it('what it changes is parsed as if it had been written in start', async () => {
    const plugin = pluginWith({ name: 'p', plugin_config: (config) => Object.assign({ ...config }, { sip_events: 'a, b' }) });
    expect(await configured([plugin])).to.deep.include({ sip_events: ['a', 'b'] });
    const wrong = await configFault(pluginWith({ name: 'p', plugin_config: (config) => ({ ...config, sip_timer_t1: -1 }) }));
    expect(wrong.code).to.equal('invalid_option');
    const unknown = await configFault(pluginWith({ name: 'p', plugin_config: (config) => Object.assign({ ...config }, { sip_timr_t1: 1 }) }));
    expect(unknown.details).to.include({ option: 'sip_timr_t1', nearest: 'sip_timer_t1' });
  });

  it('cannot change which plugins there are', async () => {
    const plugin = pluginWith({ name: 'p', plugin_config: (config) => ({ ...config, plugins: [] }) });
    expect(await configured([plugin])).to.deep.include({ plugins: ['p'] });
  });

  it('names the plugin when it throws, rejects or answers nothing', async () => {
    const cause = new Error('no licence');
    for (const plugin_config of [() => { throw cause; }, () => Promise.reject(cause)]) {
      const error = await configFault(pluginWith({ name: 'p', plugin_config }));
      expect(error.message).to.equal("The plugin 'p' failed in plugin_config: no licence.");
      expect(error.cause).to.equal(cause);
    }
    const forgetful = pluginWith({ name: 'p' });
    Object.assign(forgetful, { plugin_config: () => undefined });
    expect((await configFault(forgetful)).message).to.equal("The plugin 'p' failed in plugin_config: it must return the configuration.");
  });
});

describe('the table of options', () => {
  it('tells kind, default and meaning of each', () => {
    const rows = optionRows(coreOptions);
    expect(rows.map((row) => row.name)).to.deep.equal(Object.keys(coreOptions.shape));
    for (const row of rows) {
      expect(row.type, row.name).not.to.equal('');
      expect(row.description, row.name).to.match(/\.$/);
    }
    expect(rows.find((row) => row.name === 'sip_timer_t1')).to.include({ default: '500', type: 'milliseconds, 1 to 60000' });
    expect(rows.find((row) => row.name === 'sip_events')).to.include({ default: '' });
    expect(optionRows(sizeOptions)[0]).to.deep.equal({ name: 'sip_options_size', type: 'seconds', default: '60', description: 'A size.' });
  });
});

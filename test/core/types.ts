// Compiled by `tsc -p test`, never run: each @ts-expect-error line is a mistake that must not compile. What the same mistakes say
// at run time, to those who write JavaScript, is tested beside this file.
import { definePlugin, start, use, type Callback, type ServiceModule } from '@nksip-ts/core';
import { z } from 'zod';

const alphaOptions = z.object({ sip_alpha_size: z.int().default(60), sip_alpha_url: z.string().optional() });
const gammaOptions = z.object({ sip_gamma: z.boolean().default(false) });
const offersOptions = z.object({ sip_offers_size: z.int().default(3) });

declare module '@nksip-ts/core' {
  interface Plugins {
    'types-alpha': { options: z.input<typeof alphaOptions>; callbacks: { sip_alpha_ask: Callback<[id: string, n: number], 'ok' | 'not_found'> } };
    'types-beta': { deps: 'types-alpha' };
    'types-gamma': { deps: 'types-beta'; options: z.input<typeof gammaOptions> };
    'types-delta': object;
    'types-offers': { options: z.input<typeof offersOptions>; config: z.output<typeof offersOptions>; api: { readonly size: number }; callbacks: { sip_offers_ask: Callback<[id: string], 'ok'> } };
    'types-uses': { deps: 'types-offers'; optional_deps: 'types-alpha' };
  }
}

// ---- plugins

const alpha = definePlugin({
  name: 'types-alpha',
  options: alphaOptions,
  callbacks: (service) => {
    const limit: number = service.config.sip_alpha_size + service.config.sip_timer_t1;
    return {
      sip_alpha_ask: (id, n) => id === 'x' && n === limit ? 'ok' : 'not_found',
      sip_publish: async (req, call) => req.ruri.domain === call.service ? ['reply', 'ok'] : 'continue',
    };
  },
  plugin_config: (config) => ({ ...config, sip_alpha_size: config.sip_alpha_size + 1, sip_no_100: true }),
  plugin_start: async (service) => { service.log.info({ size: service.config.sip_alpha_size }, 'started'); },
  plugin_update: (newConfig, oldConfig) => { oldConfig.sip_alpha_size.toFixed(newConfig.sip_alpha_size); },
});
definePlugin({ name: 'types-beta', plugin_deps: ['types-alpha'], callbacks: () => ({ sip_alpha_ask: (id) => id === 'y' ? 'ok' : 'continue' }) });
definePlugin({ name: 'types-gamma', plugin_deps: ['types-beta'], options: gammaOptions });
definePlugin({ name: 'types-delta' });
definePlugin({ name: 'types-delta', callbacks: () => ({ sip_options: () => ['reply', ['ok', { expires: 3, sip_etag: 'a' }]] }) });

// @ts-expect-error a plugin without an entry in Plugins
definePlugin({ name: 'types-nobody' });
// @ts-expect-error the dependencies of the entry are left out
definePlugin({ name: 'types-beta' });
// @ts-expect-error other dependencies than those of the entry
definePlugin({ name: 'types-beta', plugin_deps: ['types-gamma'] });
// @ts-expect-error the options of the entry are left out
definePlugin({ name: 'types-gamma', plugin_deps: ['types-beta'] });
// @ts-expect-error other options than those of the entry
definePlugin({ name: 'types-gamma', plugin_deps: ['types-beta'], options: alphaOptions });
// @ts-expect-error options that the entry does not have
definePlugin({ name: 'types-delta', options: alphaOptions });
// @ts-expect-error a callback that nobody asks
definePlugin({ name: 'types-delta', callbacks: () => ({ sip_pubish: () => 'continue' }) });
// @ts-expect-error an unknown reply
definePlugin({ name: 'types-delta', callbacks: () => ({ sip_publish: () => ['reply', 'forbiden'] }) });
// @ts-expect-error the callback that the plugin asks has no implementation to end its chain
definePlugin({ name: 'types-alpha', options: alphaOptions, callbacks: () => ({ sip_publish: () => 'continue' }) });
// @ts-expect-error nor has it any other
definePlugin({ name: 'types-alpha', options: alphaOptions });
// @ts-expect-error a hook that does not exist
definePlugin({ name: 'types-delta', plugin_strt: () => {} });
// @ts-expect-error an option that this plugin cannot see
definePlugin({ name: 'types-delta', plugin_start: (service) => { service.config.sip_alpha_size.toFixed(); } });

// ---- services

await start('a', { plugins: ['types-gamma'], sip_alpha_size: 3, sip_gamma: true, sip_events: 'presence', sip_allow: ['PUBLISH'] as const }, {
  sip_alpha_ask: (id, n) => n > 3 ? ['continue', [id, n - 1]] : 'ok',
});
await start('b', { plugins: [alpha], sip_alpha_size: 3 });
await start('c', { sip_no_100: true }, { sip_publish: async (req) => req.ruri.domain === 'nksip' ? ['reply', 'ok'] : ['reply', 'forbidden'] });
await start('d', {}, { sip_get_user_pass: (user) => user === 'alice' && 'secret', sip_authorize: (list) => list.length > 0 ? 'ok' : ['authenticate', 'realm'] });
await start('e', {}, { sip_route: (scheme, _user, domain) => scheme === 'sips' && domain === 'x' ? 'process' : ['reply', 'not_found'] });

const ownModule = { sip_publish: () => ['reply', 'forbidden'] } satisfies ServiceModule<'types-alpha'>;
await start('f', { plugins: ['types-alpha'] }, ownModule);

// @ts-expect-error an unknown option
await start('n', { plugins: ['types-alpha'], sip_alpha_sise: 60 });
// @ts-expect-error an unknown option of core
await start('n', { sip_listn: 'sip:all' });
// @ts-expect-error an option of a plugin that is not listed
await start('n', { sip_alpha_size: 60 });
// @ts-expect-error a value of another type
await start('n', { plugins: ['types-alpha'], sip_alpha_size: '60' });
// @ts-expect-error an unknown plugin
await start('n', { plugins: ['types-alpah'] });
// @ts-expect-error an unknown callback
await start('n', { plugins: ['types-beta'] }, { sip_pubish: () => 'continue' });
// @ts-expect-error a callback of a plugin that is not listed
await start('n', { plugins: ['types-delta'] }, { sip_alpha_ask: () => 'ok' });
// @ts-expect-error a result that the callback does not have
await start('n', { plugins: ['types-alpha'] }, { sip_alpha_ask: () => 'yes' });
// @ts-expect-error continue with too few arguments
await start('n', { plugins: ['types-alpha'] }, { sip_alpha_ask: () => ['continue', ['x']] });
// @ts-expect-error an unknown reply
await start('n', {}, { sip_publish: () => ['reply', 'forbiden'] });
// @ts-expect-error a reply that needs an argument
await start('n', {}, { sip_publish: () => ['reply', 'interval_too_brief'] });
// @ts-expect-error an argument of another type
await start('n', {}, { sip_publish: () => ['reply', ['interval_too_brief', '60']] });
// @ts-expect-error an unknown option of a reply
await start('n', {}, { sip_publish: () => ['reply', ['ok', { expire: 60 }]] });
// @ts-expect-error a misspelt callback in a module kept elsewhere
export const misspelt = { sip_pubish: () => ['reply', 'forbidden'] } satisfies ServiceModule<'types-alpha'>;

// ---- what plugins offer to each other

definePlugin({
  name: 'types-offers',
  options: offersOptions,
  api: (service) => ({ size: service.config.sip_offers_size, close: () => service.id.length }),
  callbacks: ({ api }) => ({ sip_offers_ask: (id) => id.length === api.size + api.close() ? 'ok' : 'continue' }),
  // What the entry does not name is there for the plugin itself.
  plugin_stop: ({ api }) => { api.close().toFixed(); },
});
definePlugin({
  name: 'types-uses', plugin_deps: ['types-offers'], plugin_optional_deps: ['types-alpha'],
  callbacks: (service) => {
    const size: number = service.use('types-offers').size + service.config.sip_offers_size;
    const maybe: number | undefined = service.config.sip_alpha_size;
    return { sip_offers_ask: (id) => id.length > size + (maybe ?? 0) ? 'ok' : 'continue', sip_alpha_ask: (id) => id === '' ? 'ok' : 'continue' };
  },
  plugin_prepare: (config) => ({ ...config, sip_offers_size: config.sip_offers_size + 1 }),
});
const offered: number = use('f', 'types-offers').size;
offered.toFixed();

// @ts-expect-error what the entry promises is not made
definePlugin({ name: 'types-offers', options: offersOptions, api: () => ({ sise: 3 }), callbacks: () => ({ sip_offers_ask: () => 'ok' }) });
// @ts-expect-error nor is anything
definePlugin({ name: 'types-offers', options: offersOptions, callbacks: () => ({ sip_offers_ask: () => 'ok' }) });
// @ts-expect-error the optional dependencies of the entry are left out
definePlugin({ name: 'types-uses', plugin_deps: ['types-offers'] });
// @ts-expect-error a plugin that it does not depend on
definePlugin({ name: 'types-uses', plugin_deps: ['types-offers'], plugin_optional_deps: ['types-alpha'], plugin_start: (service) => { service.use('types-delta'); } });
// @ts-expect-error what is not in the entry is not for others
use('f', 'types-offers').close();
// @ts-expect-error an optional dependency may not be there, and with it its options
definePlugin({ name: 'types-uses', plugin_deps: ['types-offers'], plugin_optional_deps: ['types-alpha'], plugin_start: (service) => { service.config.sip_alpha_size.toFixed(); } });

import { definePlugin, type Callback, type PluginHooks, type PluginService, type Reply, type ServiceConfig } from '@nksip-ts/core';
import { z } from 'zod';

declare module '@nksip-ts/core' {
  interface Plugins {
    'watched-lower': { options: z.input<typeof lowerOptions>; callbacks: { sip_watched_ask: Callback<[what: string], string> }; api: { size(): number } };
    'watched-upper': { deps: 'watched-lower' };
    'watched-other': object;
  }
}

const lowerOptions = z.object({ watched_size: z.number().int().min(1).default(1).meta({ type: 'a number, from 1 up', description: 'For tests.' }) });

type Hook = keyof PluginHooks<ServiceConfig>;

/** What happened to the plugins: 'plugin_start watched-lower', ... */
export let happened: string[] = [];
/** What a hook is to do besides, under the same names; a test sets it. */
export let doing: Record<string, (...args: never[]) => unknown> = {};

export function forget(): void {
  happened = [];
  doing = {};
}

/** A hook that tells, then does what the test wants. */
function watched<Config extends ServiceConfig>(name: string) {
  const run = (hook: Hook | 'callbacks', ...args: readonly unknown[]): unknown => {
    happened.push(`${hook} ${name}`);
    return (doing[`${hook} ${name}`] as ((...args: readonly unknown[]) => unknown) | undefined)?.(...args);
  };
  return {
    run,
    hooks: {
      plugin_config: (config: Config, service: PluginService<Config>) => (run('plugin_config', config, service) ?? config) as Config,
      plugin_start: (service: PluginService<Config>) => run('plugin_start', service) as undefined,
      plugin_stop: (service: PluginService<Config>) => run('plugin_stop', service) as undefined,
      plugin_update: (after: Config, before: Config, service: PluginService<Config>) => run('plugin_update', after, before, service) as undefined,
    },
  };
}

const lower = watched<ServiceConfig & z.output<typeof lowerOptions>>('watched-lower');
const upper = watched<ServiceConfig>('watched-upper');
const other = watched<ServiceConfig>('watched-other');

/** Counts the MESSAGEs that it answered, in its closure. */
function counting(label: string): () => Reply {
  let count = 0;
  return () => ['reply', ['ok', { body: `${label} ${++count}` }]];
}

export const watchedLower = definePlugin({
  name: 'watched-lower',
  options: lowerOptions,
  api: (service) => ({ size: () => service.config.watched_size }),
  callbacks(service) {
    lower.run('callbacks', service);
    return { sip_message: counting('lower'), sip_watched_ask: (what) => `${what} of ${service.config.watched_size}` };
  },
  ...lower.hooks,
});

export const watchedUpper = definePlugin({
  name: 'watched-upper', plugin_deps: ['watched-lower'],
  callbacks(service) {
    upper.run('callbacks', service);
    return { sip_info: counting('upper') };
  },
  ...upper.hooks,
});

export const watchedOther = definePlugin({
  name: 'watched-other',
  callbacks(service) {
    other.run('callbacks', service);
    return { sip_refer: counting('other') };
  },
  ...other.hooks,
});

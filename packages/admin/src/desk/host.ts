import type { PluginService } from '@nksip-ts/core';
import type { EventCompositor } from '@nksip-ts/event-compositor';
import type { EventNotifier } from '@nksip-ts/event-notifier';
import type { Registrar } from '@nksip-ts/registrar';
import { DeskError } from '../contract/desk-error.js';
import type { AdminOptions } from '../options.js';

/** What a desk needs of its service. A plugin may come and go with an update, so each is asked for when it is needed. */
export interface Host extends Pick<PluginService<PluginService['config'] & AdminOptions>, 'id' | 'config' | 'addresses' | 'work' | 'memory' | 'events' | 'log' | 'fault'> {
  compositor(): EventCompositor | undefined;
  notifier(): EventNotifier | undefined;
  registrar(): Registrar | undefined;
}

/** Throws DeskError for a plugin that the service does not have. */
export function present<T>(plugin: T | undefined, name: string): T {
  if (plugin === undefined) throw new DeskError('not_supported', `The service has no plugin '${name}'.`);
  return plugin;
}

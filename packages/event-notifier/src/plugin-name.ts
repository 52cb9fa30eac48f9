export const PLUGIN_NAME = 'event-notifier';

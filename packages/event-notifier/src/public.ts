// The members of the object eventNotifier.
export { default as plugin } from './plugin.js';
export { changed, decide, definePackage, process, refresh, request, stateOf, terminate, watchers } from './api.js';

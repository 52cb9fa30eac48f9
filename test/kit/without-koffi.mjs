import { register } from 'node:module';

/**
 * For `node --import`, or NODE_OPTIONS, which the processes that a test starts inherit: what asks for koffi finds it as it would where it is not installed.
 */
const hooks = `
  export async function resolve(specifier, context, next) {
    if (specifier !== 'koffi') return next(specifier, context);
    throw Object.assign(new Error("Cannot find package 'koffi'"), { code: 'ERR_MODULE_NOT_FOUND' });
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const lettingGo = new WeakSet<object>();

/**
 * Marks a callback that lets go of its request when it returns: unless it has called `message.keep()`, it does not read from it again. Requests for
 * callbacks that are not marked are kept before these are asked. The same holds for a function that is given the body of a request.
 */
export function letsGo<F extends (...args: never[]) => unknown>(callback: F): F {
  lettingGo.add(callback);
  return callback;
}

export function isLettingGo(callback: object): boolean {
  return lettingGo.has(callback);
}

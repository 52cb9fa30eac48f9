/**
 * Loaded before the tests. Files share a process, so what one leaves behind makes others hang: a fake clock, or a stub of what a fake clock has put there, which
 * `sinon.restore` puts there once more. Each test must leave these as they were.
 */
const real = globals();

function globals(): Readonly<Record<string, unknown>> {
  return { setTimeout, setInterval, setImmediate, queueMicrotask, Date, 'performance': globalThis.performance, 'performance.now': performance.now, 'process.nextTick': process.nextTick };
}

export const mochaHooks = {
  afterEach(this: Mocha.Context): void {
    const now = globals();
    const changed = Object.keys(real).filter((name) => now[name] !== real[name]);
    if (changed.length > 0) throw new Error(`'${this.currentTest?.fullTitle()}' leaves another ${changed.join(', ')} behind, or has put back one of a fake clock.`);
  },
};

import fc from 'fast-check';

/**
 * Loaded before the tests: what fast-check makes up is the same in each run, so that a change fails by its own fault alone.
 * `FC_SEED=random npx mocha FILE` looks where no run has looked yet, `FC_SEED=N` where one has found something.
 */
const { FC_SEED: asked = '1' } = process.env;
if (asked !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(asked) });

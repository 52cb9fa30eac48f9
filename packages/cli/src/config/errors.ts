import { because, defineErrors, show } from '@nksip-ts/core';

/** The code that only the command throws. */
export const configErrors = defineErrors({
  config_file: {
    summary: 'A configuration file that cannot be read or understood. details: file, reason.',
    message: (d) => `The configuration file ${show(d['file'])} cannot be used${because(d)}.`,
  },
});

type Rows = typeof configErrors;

declare module '@nksip-ts/core' {
  interface ErrorCodes extends Rows {}
}

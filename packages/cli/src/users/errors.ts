import { because, defineErrors, show } from '@nksip-ts/core';

/** The code that only the command throws. */
export const usersErrors = defineErrors({
  users_file: {
    summary: 'A file of users that cannot be read or understood. details: file, reason.',
    message: (d) => `The file of users ${show(d['file'])} cannot be used${because(d)}.`,
  },
});

type Rows = typeof usersErrors;

declare module '@nksip-ts/core' {
  interface ErrorCodes extends Rows {}
}

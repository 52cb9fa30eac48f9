import { Misuse } from '../command-line/command-line.js';
import { fileReason } from '../config/file-reason.js';

/** What the system says of a file as a sentence; anything else is thrown on. */
export function unreadable(file: string | undefined): (error: unknown) => never {
  return (error) => {
    if (file === undefined || !(error instanceof Error && 'syscall' in error)) throw error;
    throw new Misuse(`The file '${file}' cannot be used: ${fileReason(error, file)}.`);
  };
}

/** What the programs here do alike. Results go to stdout, everything else to stderr. */

/** A process that a signal kills leaves its servers behind; one that exits ends them. */
export function endServersOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function failed(error: unknown): void {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** What the system lacks where it makes no process, and whose limit that is. It may be there a moment later. */
const lacks: Readonly<Record<string, string>> = {
  EMFILE: "this process has as many files open as it may, connections among them: raise the limit 'nofile' ('ulimit -Hn', 'LimitNOFILE=' of systemd)",
  ENFILE: "the machine has as many files open as it may: raise 'fs.file-max'",
  EAGAIN: "there are as many processes as there may be: raise the limit 'nproc' ('ulimit -u', 'TasksMax=' of systemd, 'pids.max' of a container)",
  ENOMEM: 'the machine, or the container, has no memory for another process: give it more, or run fewer workers',
};

/** Why no process could be made, in a part of a sentence, if it is for want of something; undefined for any other fault. */
export function refusalOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(lacks, code) ? `${code}: ${lacks[code]}` : undefined;
}

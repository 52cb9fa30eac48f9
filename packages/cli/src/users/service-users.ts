import type { Logger } from '@nksip-ts/core';
import { reasonOf } from '@nksip-ts/core';
import type { UsersOptions } from './options.js';
import { UserTable } from './user-table.js';
import { readUsers, stampOf } from './users-file.js';

/** Milliseconds between two looks at a file of users: by looking, for a file may be written to, renamed to, or stand behind links. */
const lookEvery = 2_000;

/** Rejects with NksipError('users_file'). `log`: is told that others can read the file. */
export async function tableOf({ sip_users: passwords = {}, sip_users_file: file }: UsersOptions, log?: Pick<Logger, 'warn'>): Promise<UserTable> {
  if (file === undefined) return new UserTable(passwords, []);
  const { lines, isPublic } = await readUsers(file);
  if (isPublic) log?.warn({ file }, `Every user of this machine can read ${file}, and sign in as anybody in it: chmod 640 ${file}`);
  return new UserTable(passwords, lines);
}

/** The users of one service, as they are now. */
export class ServiceUsers {
  #table = new UserTable({}, []);
  #stamp: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(private readonly log: Logger) {}

  get table(): UserTable {
    return this.#table;
  }

  /** From now on those of these options. Rejects with NksipError('users_file'), and then they are those of before. */
  async use(options: UsersOptions): Promise<void> {
    const { sip_users_file: file } = options;
    // First: whoever writes while it is read is seen at the next look.
    const stamp = file === undefined ? undefined : await stampOf(file);
    this.#table = await tableOf(options, this.log);
    this.#stamp = stamp;
    this.close();
    if (file !== undefined) this.#timer = setInterval(() => void this.#look(file, options), lookEvery).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One look at a time, however long the file system takes. */
  async #look(file: string, options: UsersOptions): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const stamp = await stampOf(file);
    if (stamp !== this.#stamp) await this.#read(file, options, stamp);
    this.#isLooking = false;
  }

  async #read(file: string, options: UsersOptions, stamp: string): Promise<void> {
    this.#stamp = stamp;
    try {
      this.#table = await tableOf(options, this.log);
      this.log.info({ file }, `${file} was read again: ${this.#table.size} ${this.#table.size === 1 ? 'user' : 'users'}.`);
    } catch (error) {
      this.log.error({ err: error }, `The users stay as they were. ${reasonOf(error)}`);
    }
  }
}

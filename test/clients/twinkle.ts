import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { freePort } from '../service/faults.ts';
import { later } from '../wire/running.ts';

export interface Twinkle {
  /** All NOTIFYs that it has received: Subscription-State without its seconds, what `<basic>` says, and the id of the tuple. */
  readonly seen: readonly string[];
  /** Resolves when it has received so many. */
  upTo(count: number): Promise<void>;
  /** Has a command typed. */
  type(command: string): void;
  /** Quits as a person would: what it published is removed, its subscriptions end. */
  quit(): Promise<void>;
}

/**
 * A Twinkle at the command line of somebody at 127.0.0.1:`server`, who watches `buddy` or else publishes their own presence; `more` are other lines of the profile.
 * Ended after the test.
 */
export async function twinkle(user: string, server: number, buddy?: string, more: Readonly<Record<string, string | number>> = {}): Promise<Twinkle> {
  const home = temporaryFolder('twinkle');
  later(() => { removeFolder(home); });
  const folder = join(home, '.twinkle');
  mkdirSync(folder);
  const profile = {
    user_name: user, user_domain: `127.0.0.1:${server}`, register_at_startup: 'no', pres_publish_startup: buddy === undefined ? 'yes' : 'no', pres_publication_time: 3600, pres_subscription_time: 3600, ...more,
  };
  writeFileSync(join(folder, `${user}.cfg`), Object.entries(profile).map(([name, value]) => `${name}=${value}\n`).join(''));
  if (buddy !== undefined) writeFileSync(join(folder, `${user}.bud`), `name|sip_address|subscribe\n${buddy}|sip:${buddy}@127.0.0.1:${server}|y\n`);
  const port = await freePort();
  await anotherSecond();
  const child = spawn('twinkle', ['-c', '-f', user, '--force', '--sip-port', String(port)], { env: { ...process.env, HOME: home }, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const log = (): string => {
    try {
      return readFileSync(join(folder, 'twinkle.log'), 'utf8');
    } catch {
      return '';
    }
  };
  const seen = (): string[] => log().split(/^\+\+\+ /m).filter((entry) => /^NOTIFY /m.test(entry) && entry.includes('Received from')).map(told);
  return {
    get seen() { return seen(); },
    async upTo(count) {
      while (seen().length < count) await wait(50);
    },
    type(command) {
      child.stdin.write(`${command}\n`);
    },
    async quit() {
      child.stdin.write('quit\n');
      await ended;
    },
  };
}

/** Two that begin in the same second have the same Call-IDs and tags: the REGISTER of the second one is 482, as merged. So begin the second one when the first has sent something. */
async function anotherSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === second) await wait(20);
}

function told(notify: string): string {
  const state = /(?<=^Subscription-State: )[^;\r\n]+(?:;reason=\w+)?/m.exec(notify)?.[0];
  const [basic, tuple] = [/(?<=<basic>)\w+/, /(?<=<tuple id=")[^"]+/].map((pattern) => pattern.exec(notify)?.[0]);
  return `${state} ${basic} ${tuple}`;
}

import { senderText, type Logger } from '../log/log.js';
import { quoted } from '../log/printable.js';
import type { SignIn } from './auth-failures.js';
import { whyNobodyCanSignIn, type Chains } from './sign-in-callbacks.js';

/** Lines about failed sign-ins that may come at once, and a second in the long run: addresses can be forged, so pauses alone are no bound. */
const burst = 100, perSecond = 10;

/** What a log has of sign-ins. The user is ASCII in quotes, escaped and cut, and the source ends the line: so a program that bans can read it. */
export class SignInLog {
  #room = burst;
  #at: number;
  #left = 0;
  #hasTold = false;
  /** The chains of the configuration that was last looked at: whether anybody can sign in with them. */
  #checked: Chains | undefined;

  /** `clock`: milliseconds, never going back. */
  constructor(private readonly clock: () => number, private readonly log: Logger) {
    this.#at = clock();
  }

  /** A wrong password or an unknown user: at info who and from where, at debug why. */
  failed(signIn: SignIn, why: string): void {
    if (this.log.isLevelEnabled('info') && this.#hasRoom()) {
      this.#tellLeft();
      const [user, from] = [quoted(signIn.user), senderText(signIn.source)];
      this.log.info({ user, realm: quoted(signIn.realm), from }, `failed sign-in of ${user} from ${from}`);
    }
    this.refused(signIn, why);
  }

  /** A challenge goes out. That nobody can answer it is told once for each configuration. */
  challenged(chains: Chains): void {
    if (this.#checked === chains) return;
    this.#checked = chains;
    const why = whyNobodyCanSignIn(chains);
    if (why !== undefined) this.log.warn({}, why);
  }

  /** Once: whoever keeps such a HA1 sees nothing but a 401 for the right password. */
  cannotCheck(algorithm: string): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.log.warn({ algorithm }, `sip_get_user_pass returned a HA1 of another algorithm than ${algorithm}, which a client has used: nobody can sign in with that. `
      + `Make it with makeHa1(user, realm, password, '${algorithm}'), or leave ${algorithm} out of sip_digest_algorithms.`);
  }

  /** Credentials that do not hold, or are not looked at: at debug. */
  refused({ user, realm, source }: SignIn, why: string): void {
    if (!this.log.isLevelEnabled('debug')) return;
    const from = senderText(source);
    this.log.debug({ user: quoted(user), realm: quoted(realm), from }, `credentials of ${quoted(user)} for realm ${quoted(realm)} from ${from} do not hold: ${why}`);
  }

  #hasRoom(): boolean {
    const now = this.clock();
    this.#room = Math.min(burst, this.#room + (now - this.#at) * perSecond / 1000);
    this.#at = now;
    if (this.#room < 1) {
      this.#left++;
      return false;
    }
    this.#room--;
    return true;
  }

  #tellLeft(): void {
    if (this.#left === 0) return;
    this.log.info({ left: this.#left }, `${this.#left} more failed sign-ins had no line of their own: there were too many at once`);
    this.#left = 0;
  }
}

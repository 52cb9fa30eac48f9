import { startByName, uac, type Service, type SipRequest } from '@nksip-ts/core';
import { changePublish, startPublish, startRegister } from '@nksip-ts/uac-auto';

export interface CrowdPlan {
  /** Users u0, u1, and so on, who all have this password. */
  readonly users: number;
  readonly domain: string;
  readonly password: string;
  /** The address of a user without the user, such as sip:example.com. */
  readonly server: string;
  /** Where all requests go, if not there: such as <sip:127.0.0.1:5060;lr>. */
  readonly route?: string;
  readonly event: string;
  body(text: string): string;
  /** Whom a user watches. */
  watches(user: number): number;
  /** Seconds of a subscription. */
  readonly expires: number;
  readonly isRegistering?: boolean;
}

/** What a PUBLISH got: milliseconds from the beginning, how many it took, and the code of its final response. */
export interface Published {
  readonly at: number;
  readonly took: number;
  readonly code: number;
}

/** What a watcher sees: who sent it, and what is in it. */
export interface Noticed {
  readonly at: number;
  readonly user: number;
  /** Address and port in the Contact of the NOTIFY. */
  readonly node: string;
  readonly body: string;
}

/** Users who publish, who may be registered, and who watch one another; a watcher whose subscription ends subscribes anew. */
export class Crowd {
  readonly published: Published[] = [];
  readonly noticed: Noticed[] = [];
  /** Subscriptions that ended by themselves, and SUBSCRIBEs that were refused. */
  readonly ends: { readonly at: number; readonly user: number; readonly why: string }[] = [];
  readonly #newest = new Map<number, string>();
  readonly #began = performance.now();
  #isLeaving = false;
  #number = 0;

  private constructor(private readonly plan: CrowdPlan, private readonly phones: Service, private readonly watchers: Service) {}

  /** Resolves when everybody has published, is registered if wanted, and watches. `stop` is told how to end it. */
  static async arrive(plan: CrowdPlan, later: (stop: () => Promise<unknown>) => void): Promise<Crowd> {
    const options = { sip_listen: 'sip:127.0.0.1:0', log_level: 'silent', ...(plan.route !== undefined && { sip_route: plan.route }) };
    const own: { crowd?: Crowd } = {};
    const phones = await startByName(`phones-${process.pid}-${plan.server}`, { ...options, plugins: ['uac-auto'] });
    later(() => phones.stop());
    const watchers = await startByName(`watchers-${process.pid}-${plan.server}`, options, {
      sip_notify: (request: SipRequest) => own.crowd?.notice(request) ?? ['reply', 'ok'],
      sip_dialog_update: (update: unknown, _: unknown, { local_uri }: { readonly local_uri: string }) => { own.crowd?.changed(update, local_uri); },
    });
    later(() => watchers.stop());
    const crowd = own.crowd = new Crowd(plan, phones, watchers);
    later(async () => { crowd.#isLeaving = true; });
    await inTens(plan.users, async (user) => await crowd.#arrive(user));
    return crowd;
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return performance.now() - this.#began;
  }

  /** The body that a user has published last. */
  newestOf(user: number): string {
    return this.#newest.get(user) ?? '';
  }

  /** A user publishes something new. */
  async publish(user: number): Promise<void> {
    const at = this.now;
    const text = this.#newText();
    this.#newest.set(user, text);
    const updated = await changePublish(this.phones, `u${user}`, this.plan.body(text));
    this.published.push({ at, took: this.now - at, code: updated === 'not_found' ? 0 : updated.result?.code ?? 0 });
  }

  notice(request: SipRequest): readonly ['reply', 'ok'] {
    const text = /state-\d+/.exec(Buffer.from(request.body).toString())?.[0] ?? '';
    this.noticed.push({ at: this.now, user: Number(request.ruri.user?.slice(1)), node: /@([\d.:]+)/.exec(request.header('Contact')[0] ?? '')?.[1] ?? '', body: text });
    return ['reply', 'ok'];
  }

  changed(update: unknown, from: string): void {
    if (!Array.isArray(update) || !Array.isArray(update[1]) || update[1][0] !== 'terminated' || this.#isLeaving) return;
    const user = Number(/sip:u(\d+)@/.exec(from)?.[1]);
    this.ends.push({ at: this.now, user, why: String(update[1][1]) });
    void this.#watch(user);
  }

  async #arrive(user: number): Promise<void> {
    const { body, event, isRegistering } = this.plan;
    const id = `u${user}`;
    this.#newest.set(user, this.#newText());
    const published = await startPublish(this.phones, id, this.#uri(user), { ...this.#as(user), event, body: body(this.newestOf(user)), expires: 600 });
    if (!published.ok) throw new Error(`${id} cannot publish: ${published.result?.code}`);
    if (isRegistering === true && !(await startRegister(this.phones, id, this.#uri(user), { ...this.#as(user), expires: 600 })).ok) throw new Error(`${id} cannot register`);
    await this.#watch(user);
  }

  async #watch(user: number): Promise<void> {
    for (let pause = 500; !this.#isLeaving; pause = Math.min(4000, 2 * pause)) {
      const { ok, code } = await uac.subscribe(this.watchers, this.#uri(this.plan.watches(user)), { ...this.#as(user), event: this.plan.event, expires: this.plan.expires }).catch(() => ({ ok: false, code: 0 }));
      if (ok) return;
      if (!this.#isLeaving) this.ends.push({ at: this.now, user, why: `code ${code}` });
      await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
  }

  #newText(): string {
    return `state-${++this.#number}`;
  }

  /** At the server, whatever the domain. */
  #uri(user: number): string {
    return this.plan.server.replace('sip:', `sip:u${user}@`);
  }

  #as(user: number): { readonly from: string; readonly sip_pass: { readonly user: string; readonly pass: string } } {
    return { from: `sip:u${user}@${this.plan.domain}`, sip_pass: { user: `u${user}`, pass: this.plan.password } };
  }
}

/** Ten at a time, so that a server is not asked for everything at once. */
async function inTens(many: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 10 }, async () => {
    while (next < many) await task(next++);
  }));
}

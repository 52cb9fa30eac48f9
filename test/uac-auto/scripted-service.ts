import { ServiceEvents, type Published, type Registered, type SipResponse } from '@nksip-ts/core';
import { options } from '@nksip-ts/uac-auto';
import { PluginEvents } from '../../packages/core/src/plugin/events.ts';
import { ServiceUacAuto } from '../../packages/uac-auto/src/uac-auto.ts';
import { loggerTo, silentLogger, type Line } from '../kit/loggers.ts';

/** A request that the plugin sends. */
export interface Asked {
  readonly method: 'REGISTER' | 'PUBLISH';
  readonly uri: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Milliseconds of the clock. */
  readonly at: number;
}

/** How it ends. */
export interface Scripted {
  readonly code: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly local?: 'timeout' | 'transport';
}

export type Script = (asked: Asked, count: number) => Scripted | Promise<Scripted>;

/** The plugin in a service whose requests are answered by a script. */
export class Scene {
  readonly asked: Asked[] = [];
  readonly events = new PluginEvents(new ServiceEvents(silentLogger));
  readonly called: (readonly unknown[])[] = [];
  readonly faults: unknown[] = [];
  readonly lines: Line[] = [];
  readonly auto: ServiceUacAuto;

  constructor(private readonly script: Script, config: Readonly<Record<string, unknown>> = {}, random = (): number => 0.5) {
    const send = async (method: Asked['method'], uri: string, given: object): Promise<Scripted> => {
      const asked = { method, uri, options: { ...given }, at: performance.now() };
      this.asked.push(asked);
      return await this.script(asked, this.asked.length);
    };
    this.auto = new ServiceUacAuto({
      id: 'client', config: options.parse(config), log: loggerTo((line) => { this.lines.push(line); }), events: this.events,
      fault: (error: unknown) => { this.faults.push(error); },
      call: (callback: string, args: readonly unknown[]): never => {
        this.called.push([callback, ...args]);
        return undefined as never;
      },
      register: async (uri, given = {}) => registered(await send('REGISTER', uri, given)),
      publish: async (uri, given) => published(await send('PUBLISH', uri, given)),
    }, { random });
  }

  /** When the requests left, in milliseconds after the first. */
  get times(): readonly number[] {
    return this.asked.map(({ at }) => Math.round(at - (this.asked[0]?.at ?? 0)));
  }

  /** An option of each request. */
  each(option: string): readonly unknown[] {
    return this.asked.map(({ options: given }) => given[option]);
  }
}

/** A store that grants so many seconds, and has tags 'tag1', 'tag2' ... */
export function granting(seconds: number): Script {
  return (_asked, count) => ({ code: 200, headers: { 'SIP-ETag': `tag${count}`, 'Expires': String(seconds) } });
}

function responseOf({ code, headers = {} }: Scripted): SipResponse {
  return { code, reason: 'Because', body: new Uint8Array(0), header: (name) => headers[name] === undefined ? [] : [headers[name]] };
}

function published(scripted: Scripted): Published {
  const { code, local, headers = {} } = scripted;
  if (local !== undefined) return { ok: false, code, meta: {}, local };
  const response = responseOf(scripted);
  const sip_etag = headers['SIP-ETag'];
  return code < 300 && sip_etag !== undefined
    ? { ok: true, code, meta: { sip_etag, expires: Number(headers['Expires'] ?? 3600) }, response }
    : { ok: false, code, meta: {}, response };
}

function registered(scripted: Scripted): Registered {
  const { code, local, headers = {} } = scripted;
  if (local !== undefined) return { ok: false, code, meta: { contact: [] }, local };
  const response = responseOf(scripted);
  const meta = { contact: [], ...(headers['Expires'] !== undefined && { expires: Number(headers['Expires']) }) };
  return code < 300 ? { ok: true, code, meta, response } : { ok: false, code, meta, response };
}

import { use, type Service } from '@nksip-ts/core';
import type { Admin, Orders } from '@nksip-ts/admin';
import type { Reload } from './reload.js';

/** The operator's desk of a service, if it has one. */
export function deskOf(service: Service): Admin | undefined {
  return hasDesk(service) ? use(service, 'admin') : undefined;
}

/** Whether these options have one. */
export function wantsDesk({ plugins }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(plugins) && plugins.includes('admin');
}

export function urlOf(service: Service): string | undefined {
  return deskOf(service)?.url;
}

/** What the line that says where the service is says of its page. */
export function pageText(url: string | undefined): string {
  return url === undefined ? '' : `; its page is ${url}`;
}

/** The desk reads the configuration again as SIGHUP does, and drains as SIGTERM does. */
export function ordersBy(reload: Reload): Required<Orders> {
  return {
    reload: async () => {
      const { changed, needs_restart } = await reload();
      return { changed: [...changed], needs_restart: [...needs_restart] };
    },
    drain: () => { process.kill(process.pid, 'SIGTERM'); },
  };
}

export function obeyDesk(service: Service, reload: Reload): void {
  deskOf(service)?.obey(ordersBy(reload));
}

function hasDesk(service: Service): boolean {
  try {
    use(service, 'admin');
    return true;
  } catch {
    return false;
  }
}

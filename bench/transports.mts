/** Those that are measured. */
export const transports = ['udp', 'tcp', 'tls', 'ws'] as const;
export type Transport = (typeof transports)[number];

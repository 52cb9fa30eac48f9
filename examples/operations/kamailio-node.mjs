// A node behind kamailio.cfg: nksip-ts serve --config kamailio-node.mjs. The proxy has signed its users in. Only the owner of an address may publish to it; who may watch
// whom is decided by sip_event_notifier_default_decision, or by your program.
const domain = 'example.com';

export const name = 'presence';

export const options = {
  plugins: ['event-compositor', 'event-notifier', 'event-store-redis'],
  sip_listen: 'sip:192.0.2.11:5060',
  sip_events: 'presence, dialog',
  sip_trusted_proxies: '192.0.2.1',
  sip_asserted_identity: true,
  // The same at all nodes.
  sip_secret: 'a secret of at least 16 characters',
  sip_event_store_redis_url: 'redis://192.0.2.20:6379',
};

export const module = {
  sip_authorize(_authList, req) {
    // The proxy asks whether the node is alive.
    if (req.method === 'OPTIONS') return 'ok';
    const user = req.assertedIdentity?.aor;
    if (user?.domain !== domain) return 'forbidden';
    return req.method === 'SUBSCRIBE' || (req.ruri.user === user.user && req.ruri.domain === domain) ? 'ok' : 'forbidden';
  },
};

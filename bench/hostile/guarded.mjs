/** The server whose passwords are guessed: only alice, who has one, publishes to sip:alice@ anything; all other addresses are open. */
export const options = {
  plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', log_level: 'error',
};

export const module = {
  sip_authorize: (_list, req) => req.ruri.user !== 'alice' || req.digestUsers.get('example.com') === 'alice' ? 'ok' : ['authenticate', 'example.com'],
  sip_get_user_pass: (user) => user === 'alice' && 'correct horse battery staple',
};

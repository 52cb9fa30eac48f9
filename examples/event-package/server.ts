import { start } from '@nksip-ts/core';
import '@nksip-ts/event-notifier';
import { doorbell } from './doorbell.js';

const service = await start('house', {
  plugins: ['event-notifier'],
  sip_listen: process.argv[2] ?? 'sip:127.0.0.1:5060',
  sip_events: 'doorbell',
  sip_event_notifier_packages: [doorbell],
  sip_event_notifier_default_decision: 'allow',
});
console.log(service.addresses.join(' '));

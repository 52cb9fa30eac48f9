import './events.js';

export { default } from './plugin.js';
export { changePublish, publications, refresh, registrations, startPublish, startRegister, stopPublish, stopRegister, type UacAuto } from './api.js';
export { uacAutoErrors } from './errors.js';
export type { KeptPublication, KeptRegistration, PublicationUpdate, RegistrationUpdate } from './kept.js';
export type { KeptState } from './keep/keeper.js';
export { options, type UacAutoOptions } from './options.js';
export type { StartPublishOptions } from './publication.js';
export type { StartRegisterOptions } from './registration.js';

// Services
export { start, startByName, stop, drain, update, list, get, put, del, subscriptions, uac, use } from './service/registry.js';
export type { Service } from './service/service.js';
export { defaultMaxMemory, smallestMemory } from './memory/limit.js';
export { MemoryAccount, type MemoryUsage, type Tally, type Urgency } from './memory/account.js';
export type { InjectedFrom } from './service/inject.js';
export type { Answer, Published } from './uac/results.js';
export type { ServiceSubscriptionUac, SubscriptionsApi, SubscriptionUac } from './subscription/subscription-uac.js';
export { isTerminationReason, terminationReasons } from './subscription/contract.js';
export type { DialogUpdate, Failed, LiveSubscription, Notified, NotifyJob, NotifyOptions, ServiceSubscriptions, SubscriptionState, SubscriptionStatus, Subscribed, Subscription, TerminationReason } from './subscription/contract.js';
export type { ServiceRef, ServiceUac, Uac } from './uac/uac.js';
export type { PublishOptions, RequestOptions, ResubscribeOptions, SubscribeOptions } from './uac/request-options.js';
export type { Registered } from './uac/register.js';
export type { RegisterOptions } from './uac/register-options.js';

// What callbacks see and say
export { makeHa1 } from './digest/ha1.js';
export type { DigestAlgorithm } from './digest/algorithm.js';
export type { AuthEntry, Authorization, CoreCallbacks, MethodCallback } from './callback/callbacks.js';
export type { Reply, ReplyOptions, SipReply } from './reply/table.js';
export { Refused } from './reply/refused.js';
export { defaultRetryAfter } from './reply/resolve.js';
export { replyToStoreFailure } from './reply/store-failure-reply.js';
export type { AssertedIdentity, Call, SipRequest, SipResponse } from './callback/request.js';
export type { PeerIdentity } from './transport/transport.js';
export { whenReady, type Callback, type Continue, type End, type MaybePromise } from './callback/chain.js';
export { isThenable } from './thenable.js';
export { isLettingGo, letsGo } from './callback/lets-go.js';
export { PendingCalls, type OnLate } from './callback/pending-calls.js';
export { resultInTime } from './callback/result-in-time.js';
export { KeyedQueue, type NoPlace, type QueueLimits, type QueueWork } from './callback/keyed-queue.js';

// Plugins
export { definePlugin, type PluginDefinition } from './plugin/define.js';
export type { ApiOf, CallbacksOf, ConfigWith, OptionsOf, Plugin, PluginHooks, PluginName, Plugins, PluginService, ServiceChange, ServiceModule, ServiceSpec, ServiceWork } from './plugin/contract.js';
export * as option from './option/types.js';
export type { CoreOptions, ServiceConfig } from './option/core-options.js';

// Watching and faults
export type { MessageSent, ReplySent, RequestReceived } from './diagnostics.js';
export { ServiceEvents, type ServiceEventMap, type ServiceFault } from './events.js';
export { NksipError, because, defineErrors, errorTable, faultWithCode, portFault, reasonOf, show, type ErrorCode, type ErrorCodes, type ErrorDetails, type ErrorRow } from './errors.js';
export { droppedText, entryText, logLevels, type Logger, type LogLevel } from './log/log.js';
export { BoundedOutput } from './log/bounded-output.js';
export { printable, printableJson, shortTag } from './log/printable.js';
export { addressOf } from './option/address-of.js';
export { keyFor } from './service/derived-key.js';
export { networkOf } from './transport/address.js';
export { freePorts } from './transport/listen.js';
export { WorkerSockets } from './transport/udp/worker-sockets.js';
export { openedTransports } from './transport/transport-facts.js';
export { fixedOptions, optionChecker } from './service/parse-options.js';
export { shownOptions } from './service/shown-options.js';
export { pluginFolders } from './plugin/load.js';
export { nearestName } from './nearest-name.js';

// Tables for the reference
export { coreCallbacks } from './callback/callbacks.js';
export { coreOptions } from './option/core-options.js';
export { replyTable } from './reply/table.js';

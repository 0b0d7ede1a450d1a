export { type Core, type CoreOptions, createCore, type ExchangeObserver } from './core.ts'
export { createDecisionIds } from './decision-id.ts'
export type { Exchange } from './exchange.ts'
export type { BodyPlan, ExchangePort } from './exchange-port.ts'
export type { Inbound } from './inbound.ts'
export { maxBodyBytes } from './plan-index.ts'
export { type BeyondRequest, beyondRequest } from './request-side.ts'
export { type ForwardedHeader, forwardedJudge } from './forwarded-certificate.ts'
export type { AnswerSigner } from './answer-signature.ts'
export type { SealTrust } from './seal-gate.ts'
export {
  judgeCertificate,
  judgeSeal,
  type KnownStatus,
  type StatusAnswers,
  type TrustStore,
  trustStore,
} from './trust-store.ts'
export { leafOf, type TreeNodes, withoutLeaf } from './person-tree.ts'
export { createPseudonym, placeOf, type Pseudonym, type PseudonymKey } from './pseudonym.ts'
export { mediaTypeOf } from './media-type.ts'
export { type Answer, ANSWER_HEADERS } from './problem.ts'
export type { UpstreamHeaders } from './response-headers.ts'
export type { UpstreamRecord } from './exchange-event.ts'
export type { ContextSigner } from './signed-context.ts'
export { type PathHash } from './shape-sample.ts'
export type { UpstreamCall } from './upstream-call.ts'
export type { ConsentUses } from './consent-uses.ts'
export type { IdempotencyKeys, KeptAnswer, KeyOutcome } from './reservations.ts'
export { ANY_PAGE } from './answer-pages.ts'
export type { DurableQuotas } from './durable-quotas.ts'
export type { InitiatedPayments } from './initiated-payments.ts'

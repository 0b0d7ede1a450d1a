export { bucketOf } from './bucket.ts'
export type {
  BodyFact,
  CertificateFact,
  ClaimsFact,
  ClientFact,
  Confirmation,
  ConsentFact,
  FactName,
  Facts,
  HeaderView,
  InitiatedFact,
  ProofFact,
  RefusedClaim,
  RequestFacts,
  ScaFact,
  SealedFact,
  SignatureFact,
  Resume,
  TokenFact,
  TransportFact,
  TrustedCertificate,
} from './facts.ts'
export {
  type Hindsight,
  prepareHindsight,
  type RulePlace,
  UnknownFact,
  writeRoute,
} from './hindsight.ts'
export { MAX_PROOF_AGE_SECONDS, MAX_PROOF_AHEAD_SECONDS } from './key-binding.ts'
export { enforces } from './modes.ts'
export { type NamedObject, namedObjects } from './named-objects.ts'
export type {
  ActiveApi,
  ClosedApi,
  ConsentParams,
  HistoryParams,
  Level,
  Mode,
  ObjectSelector,
  Plan,
  PlanApi,
  PlanContent,
  PlanIssuer,
  PlanOperation,
  PlanParameter,
  PlanResponse,
  PlanRule,
  PlanUpstream,
  RateParams,
  ResponseFieldsParams,
  RuleName,
  RuleOf,
  ScaParams,
  SignatureAlgorithm,
  SignatureForm,
  SignatureParams,
} from './plan.ts'
export { corsOrigins, type Preflight } from './preflight.ts'
export { signedHeader } from './answer-signature.ts'
export { prepare } from './prepare.ts'
export { preparePublicLink, type PublicLink } from './public-link.ts'
export { ruleNamed } from './rule-named.ts'
export { cursorPage, pageOfLink } from './offered-page.ts'
export { looseName } from './query.ts'
export type { Failure, JudgedRequest } from './rule.ts'
export type { KernelEnvironment } from './schemas.ts'
export type {
  Allow,
  Claim,
  Claims,
  Deny,
  HeaderNames,
  InitiateClaim,
  OnceClaim,
  UseClaim,
  Initiated,
  InitiatedAsked,
  Kernel,
  Match,
  Need,
  QuotaClaim,
  RepeatClaim,
  Respond,
  ResponseHead,
  RuleFailure,
  SignAnswer,
  SignedIn,
  Trail,
  Verdict,
} from './verdict.ts'

/** Every rule there is. A plan that names another one closes its API. */
import type { RuleList } from '../operation.ts'
import type { RuleName } from '../plan.ts'
import type { RuleKind } from '../rule.ts'
import { rule as authzConsent } from './authz-consent.ts'
import { rule as authzDefault } from './authz-default.ts'
import { rule as authzObjects } from './authz-objects.ts'
import { rule as authzOperations } from './authz-operations.ts'
import { rule as gatewayBaseline } from './gateway-baseline.ts'
import { rule as identityClientCertificateRoles } from './identity-client-certificate-roles.ts'
import { rule as identityClientStatus } from './identity-client-status.ts'
import { rule as loggingAudit } from './logging-audit.ts'
import { rule as loggingRedact } from './logging-redact.ts'
import { rule as paymentIdempotency } from './payment-idempotency.ts'
import { rule as rateUnattended } from './rate-unattended.ts'
import { rule as rate } from './rate.ts'
import { rule as requestFields } from './request-fields.ts'
import { rule as requestSignature } from './request-signature.ts'
import { rule as requestValidation } from './request-validation.ts'
import { rule as responseErrors } from './response-errors.ts'
import { rule as responseFields } from './response-fields.ts'
import { rule as scaDynamicLinking } from './sca-dynamic-linking.ts'
import { rule as scaRequired } from './sca-required.ts'
import { rule as tokenLifetime } from './token-lifetime.ts'
import { rule as tokenSenderConstrained } from './token-sender-constrained.ts'
import { rule as tokenValidation } from './token-validation.ts'
import { rule as transportMtls } from './transport-mtls.ts'
import { rule as transportTls } from './transport-tls.ts'
import { rule as upstreamResilience } from './upstream-resilience.ts'
import { rule as egressAllowlist } from './egress-allowlist.ts'
import { rule as upstreamTls } from './upstream-tls.ts'
import { rule as upstreamValidation } from './upstream-validation.ts'

/** By name, so that the compiler notices a rule without a file. */
const BY_NAME: { readonly [N in RuleName]: RuleKind<N> } = {
  'transport.tls': transportTls,
  'transport.mtls': transportMtls,
  'authz.default': authzDefault,
  'logging.redact': loggingRedact,
  'request.validation': requestValidation,
  'request.fields': requestFields,
  'token.validation': tokenValidation,
  'token.lifetime': tokenLifetime,
  'token.senderConstrained': tokenSenderConstrained,
  'identity.clientCertificate.roles': identityClientCertificateRoles,
  'identity.clientStatus': identityClientStatus,
  'authz.operations': authzOperations,
  'authz.consent': authzConsent,
  'authz.objects': authzObjects,
  'request.signature': requestSignature,
  'sca.required': scaRequired,
  'sca.dynamicLinking': scaDynamicLinking,
  'payment.idempotency': paymentIdempotency,
  rate,
  'gateway.baseline': gatewayBaseline,
  'rate.unattended': rateUnattended,
  'response.fields': responseFields,
  'response.errors': responseErrors,
  'upstream.validation': upstreamValidation,
  'logging.audit': loggingAudit,
  'egress.allowlist': egressAllowlist,
  'upstream.tls': upstreamTls,
  'upstream.resilience': upstreamResilience,
}

/** A `Map`, so that `constructor` in a plan is an unknown rule. */
export const RULES: RuleList = new Map(
  // Sound: a kind is looked up by the name of the rule it is then given.
  Object.entries(BY_NAME) as [string, RuleKind][],
)

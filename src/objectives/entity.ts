/** Kinds of operator that regimes look at. */

/** Kinds of DORA art 2(1) that run open-banking interfaces: each is a financial entity. */
const FINANCIAL = [
  'financial-entity',
  'credit-institution',
  'payment-institution',
  'electronic-money-institution',
  'account-information-service-provider',
]

export const ENTITY_KINDS: readonly string[] = [...FINANCIAL, 'swift-user', 'service-provider']

/** Whether one of the kinds makes the operator a financial entity (DORA art 2(1), or the like elsewhere). */
export function isFinancialEntity(entity: readonly string[]): boolean {
  return entity.some((kind) => FINANCIAL.includes(kind))
}

/**
 * Operations that release a payment of which nothing shows where their body says what is paid: file payments, baskets, variable recurring
 * payments, XML. Where what is paid must be what was authenticated, they are denied until somebody maps them.
 */
import { releasesPayment } from '../dialects/payment-mapping.ts'
import type { MergedRules } from '../merge/merged-rule.ts'
import type { SelectedOperation } from './selected-operation.ts'

/** Steps of a payment that is compared elsewhere: authorisations (Berlin Group), files of a consent and questions about funds (OBIE). */
const ACCOMPANIES =
  /\/((cancellation-)?authori[sz]ations(\/\{[^/}]*\})?|file|funds-confirmation)\/?$/i

export function unlinkedPayment({
  record,
  ownAct,
  payment,
  refused,
  knowledge: { step },
}: SelectedOperation): boolean {
  if (step !== undefined)
    return step.kind === 'made' && step.of === 'payment' && payment === undefined && !refused
  return (
    refused === undefined &&
    !ownAct &&
    payment === undefined &&
    releasesPayment(record) &&
    !ACCOMPANIES.test(record.path)
  )
}

/** Linking is enforced, so what cannot be compared is not paid. */
export function deniesUnlinked(operation: SelectedOperation, rules: MergedRules): boolean {
  return rules.get('sca.dynamicLinking')?.mode === 'enforce' && unlinkedPayment(operation)
}

export const UNLINKED = 'nothing shows where its body says what is paid'

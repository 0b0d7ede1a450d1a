/** What an authorization server does once the customer has authenticated a payment: the consent that the gateway will look up, and what the token says. */
import type { Intent } from '../payments.ts'

/** RFC 9396, in the form of its example of a payment initiation. */
export type PaymentDetail = Readonly<Record<string, unknown>>

export function authorisedDetail({ data }: Intent): PaymentDetail {
  const initiation = of(data['Initiation'])
  const amount = of(initiation['InstructedAmount'])
  const payee = of(initiation['CreditorAccount'])
  const remittance = of(initiation['RemittanceInformation'])['Unstructured']
  return {
    type: 'payment_initiation',
    instructedAmount: { currency: amount['Currency'], amount: amount['Amount'] },
    creditorName: payee['Name'],
    creditorAccount: { schemeName: payee['SchemeName'], identification: payee['Identification'] },
    endToEndIdentification: initiation['EndToEndIdentification'],
    ...(remittance !== undefined && { remittanceInformationUnstructured: remittance }),
  }
}

/** A record of the feed: schemas/consent.schema.json. */
export function consentRecord(intent: Intent, subject: string, now: number): object {
  return {
    id: intent.id,
    client: intent.client,
    subject,
    status: 'AUTH',
    permissions: [`${intent.kind}s`],
    accounts: [],
    authorizationDetails: [authorisedDetail(intent)],
    expiresAt: new Date(now + 3_600_000).toISOString(),
  }
}

function of(value: unknown): Readonly<Record<string, unknown>> {
  // Sound: a non-null object may be asked for any member.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

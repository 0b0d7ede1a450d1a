/** A domestic payment as a third party sends it: asked for as a consent, authenticated by the customer at the bank, then ordered. */
import { randomUUID } from 'node:crypto'
import type { Signer } from './proofs.ts'

export const PAYMENTS = '/open-banking/v4.0/pisp'

/** The rent of Amira, or another amount of it. */
export function initiation(amount: string): object {
  return {
    InstructionIdentification: 'BB-2026-11-RENT',
    EndToEndIdentification: 'RENT-14-LARK-LANE',
    InstructedAmount: { Amount: amount, Currency: 'GBP' },
    CreditorAccount: {
      SchemeName: 'UK.OBIE.IBAN',
      Identification: 'GB94BARC10201530093459',
      Name: 'Penrose Lettings',
    },
    RemittanceInformation: { Unstructured: ['Rent December'] },
  }
}

export function proposal(what: object): string {
  return JSON.stringify({ Data: { Initiation: what }, Risk: {} })
}

/** `consent`: the `ConsentId` of the proposal's answer. */
export function order(consent: string, what: object): string {
  return JSON.stringify({ Data: { ConsentId: consent, Initiation: what }, Risk: {} })
}

/** Headers of a message that is sent once and signed. */
export function once(
  signer: Signer,
  body: string,
  key: string = randomUUID(),
): Readonly<Record<string, string>> {
  return { 'x-idempotency-key': key, 'x-jws-signature': signer.signature(body) }
}

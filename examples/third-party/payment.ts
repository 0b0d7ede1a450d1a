/** A domestic payment as a third party sends it: asked for as a consent, authenticated by the customer at the bank, then ordered. */
import { randomUUID } from 'node:crypto'
import type { Signer } from './proofs.ts'

export const PAYMENTS = '/open-banking/v4.0/pisp'

/** What Amira pays: her rent, and a small thing abroad. */
const BILLS = {
  rent: {
    currency: 'GBP',
    iban: 'GB94BARC10201530093459',
    name: 'Penrose Lettings',
    instruction: 'BB-2026-11-RENT',
    reference: 'RENT-14-LARK-LANE',
    text: 'Rent December',
  },
  ticket: {
    currency: 'EUR',
    iban: 'DE02100100109307118603',
    name: 'Museum Ludwigsburg',
    instruction: 'BB-2026-11-TICKET',
    reference: 'TICKET-7731',
    text: 'One ticket',
  },
} as const
export type Bill = keyof typeof BILLS

/** Of this amount, in the currency of the bill. */
export function initiation(amount: string, bill: Bill = 'rent'): object {
  const { currency, iban, name, instruction, reference, text } = BILLS[bill]
  return {
    InstructionIdentification: instruction,
    EndToEndIdentification: reference,
    InstructedAmount: { Amount: amount, Currency: currency },
    CreditorAccount: { SchemeName: 'UK.OBIE.IBAN', Identification: iban, Name: name },
    RemittanceInformation: { Unstructured: [text] },
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

/** The device that CIBA asks (`Decoupled`): the customer's page of approvals. */
import { errors } from 'oidc-provider'
import type { Decoupled, DecoupledDesk } from '../decoupled.ts'
import type { Customers } from '../screens/customers.ts'
import type { Approvals, Deliver } from './approvals.ts'

export const CIBA_REQUEST = 'ciba'
/** A binding message that is a number and nothing else is typed on the device; any other is shown there. */
const NUMBER = /^\d{2,8}$/

export function approvalDevice(approvals: Approvals, customers: Customers): Decoupled {
  return {
    subjectOf: (hint) => customers.named(hint),
    async ask({ id, client, subject, bindingMessage, consent, expiresAt }) {
      const of = { kind: CIBA_REQUEST, key: id, subject, client, consent: consent.id, expiresAt }
      const number = bindingMessage !== undefined && NUMBER.test(bindingMessage)
      const asked = await approvals.ask({
        ...of,
        ...(bindingMessage === undefined
          ? {}
          : number
            ? { number: bindingMessage }
            : { message: bindingMessage }),
      })
      if (asked === 'too-many') throw new TooMany('the customer is asked too often')
    },
  }
}

/** For customers who are asked otherwise: what they authorised is collected by CIBA, and nobody is asked. */
export function collectsOnly(customers: Customers): Decoupled {
  return {
    subjectOf: (hint) => customers.named(hint),
    ask: () => Promise.reject(new errors.AccessDenied('customers have no device to be asked on')),
  }
}

/** CIBA Core §13. */
class TooMany extends errors.AccessDenied {
  readonly status = 403
  readonly statusCode = 403
}

export const deliverToDesk =
  (desk: () => DecoupledDesk): Deliver =>
  ({ key }, { approved, acr, amr, accounts, sca }) =>
    approved
      ? desk().approve(key, {
          acr,
          amr,
          ...(accounts === undefined ? {} : { accounts }),
          ...(sca && { sca }),
        })
      : desk().refuse(key)

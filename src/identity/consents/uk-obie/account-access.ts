/** `/aisp/account-access-consents` (`OBReadConsent1`, `OBReadConsentResponse1`). */
import type { JsonObject } from '../../../lib/index.ts'
import type { Consent, ConsentTerms } from '../consent.ts'
import { dateTime, object, objectAt, timeOf } from '../shape.ts'
import { CODES, common, created, error, faulty, unknown } from './answers.ts'
import { endOf, findOf, type Parts, type Resource, statusWord, UK_OBIE } from './resource.ts'
import { contradiction, permissionList } from './permissions.ts'

const REQUEST = object({
  Data: object(
    { Permissions: permissionList },
    {
      ExpirationDateTime: dateTime,
      TransactionFromDateTime: dateTime,
      TransactionToDateTime: dateTime,
    },
  ),
  Risk: object({}),
})
const SCOPES = ['accounts']

export function accountAccessConsents({ book, now, self }: Parts): Resource {
  const show = (consent: Consent): JsonObject => ({
    Data: { ...common(consent, statusWord(consent)), ...objectAt(consent.request, 'Data') },
    Risk: {},
    Links: { Self: self(`aisp/account-access-consents/${consent.id}`) },
    Meta: {},
  })
  return {
    create: {
      scopes: SCOPES,
      takesBody: true,
      async run({ body, client }) {
        const fault = REQUEST(body, '')
        if (fault !== undefined) return faulty(fault)
        const terms = termsOf(body)
        const wrong = contradiction(terms.permissions)
        if (wrong !== undefined) return error(400, CODES.invalid, wrong, 'Data.Permissions')
        const { expiresAt = Infinity, transactionsFrom = 0, transactionsTo = Infinity } = terms
        if (expiresAt <= now())
          return error(400, CODES.date, 'The end has passed', 'Data.ExpirationDateTime')
        if (transactionsTo < transactionsFrom)
          return error(
            400,
            CODES.date,
            'The end is before the beginning',
            'Data.TransactionToDateTime',
          )
        return created(await book.create(terms, { client, regime: UK_OBIE }), show)
      },
    },
    read: {
      scopes: SCOPES,
      takesBody: false,
      async run({ path, client }) {
        const consent = await findOf(book, path, client, 'account-access-consents')
        return consent === undefined ? unknown : { status: 200, body: show(consent) }
      },
    },
    end: {
      scopes: SCOPES,
      takesBody: false,
      run: ({ path, client }) => endOf(book, path, client, 'account-access-consents'),
    },
  }
}

function termsOf(body: JsonObject): ConsentTerms {
  const data = objectAt(body, 'Data')
  const times = {
    expiresAt: timeOf(data['ExpirationDateTime']),
    transactionsFrom: timeOf(data['TransactionFromDateTime']),
    transactionsTo: timeOf(data['TransactionToDateTime']),
  }
  const permissions = data['Permissions']
  return {
    kind: 'account-access',
    purpose: 'account-access-consents',
    permissions: Array.isArray(permissions) ? permissions.map(String) : [],
    accounts: [],
    namedAccounts: [],
    payments: [],
    ...Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined)),
    authorisersNeeded: 1,
    request: body,
  }
}

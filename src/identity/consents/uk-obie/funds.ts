/** `/cbpii/funds-confirmation-consents` (`OBFundsConfirmationConsent1`). Unchecked: that file of the specification is not here. */
import { canonicalAccount, type JsonObject } from '../../../lib/index.ts'
import type { Consent } from '../consent.ts'
import { dateTime, object, objectAt, text, textAt, timeOf } from '../shape.ts'
import { CODES, common, created, error, faulty, unknown } from './answers.ts'
import { endOf, findOf, type Parts, type Resource, statusWord, UK_OBIE } from './resource.ts'

const NAME = 'funds-confirmation-consents'
const REQUEST = object({
  Data: object(
    {
      DebtorAccount: object(
        { SchemeName: text(64), Identification: text(256) },
        { Name: text(350), SecondaryIdentification: text(34) },
      ),
    },
    { ExpirationDateTime: dateTime },
  ),
})
const SCOPES = ['fundsconfirmations']

export function fundsConfirmationConsents({ book, now, self }: Parts): Resource {
  const show = (consent: Consent): JsonObject => ({
    Data: { ...common(consent, statusWord(consent)), ...objectAt(consent.request, 'Data') },
    Links: { Self: self(`cbpii/${NAME}/${consent.id}`) },
    Meta: {},
  })
  return {
    create: {
      scopes: SCOPES,
      takesBody: true,
      async run({ body, client }) {
        const fault = REQUEST(body, '')
        if (fault !== undefined) return faulty(fault)
        const data = objectAt(body, 'Data')
        const expiresAt = timeOf(data['ExpirationDateTime'])
        if (expiresAt !== undefined && expiresAt <= now())
          return error(400, CODES.date, 'The end has passed', 'Data.ExpirationDateTime')
        const account = objectAt(data, 'DebtorAccount')
        const secondary = account['SecondaryIdentification']
        const named = canonicalAccount({
          scheme: textAt(account, 'SchemeName'),
          identification: textAt(account, 'Identification'),
          ...(typeof secondary === 'string' ? { secondary } : {}),
        })
        if (!named.ok)
          return error(
            400,
            CODES.invalid,
            'The account is not sound',
            'Data.DebtorAccount.Identification',
          )
        const terms = {
          kind: 'funds-confirmation' as const,
          purpose: NAME,
          permissions: ['ReadFundsConfirmations'],
          accounts: [],
          namedAccounts: [named.value],
          payments: [],
          ...(expiresAt === undefined ? {} : { expiresAt }),
          authorisersNeeded: 1,
          request: body,
        }
        return created(await book.create(terms, { client, regime: UK_OBIE }), show)
      },
    },
    read: {
      scopes: SCOPES,
      takesBody: false,
      async run({ path, client }) {
        const consent = await findOf(book, path, client, NAME)
        return consent === undefined ? unknown : { status: 200, body: show(consent) }
      },
    },
    end: {
      scopes: SCOPES,
      takesBody: false,
      run: ({ path, client }) => endOf(book, path, client, NAME),
    },
  }
}

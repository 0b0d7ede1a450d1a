/** The calls that `npm start` plays, in the words of a newcomer. Tokens are asked of the development issuer. */
import type { Call } from '../third-party/first-calls.ts'
import type { DevelopmentIssuer } from './issuer/development-issuer.ts'

const BASE = '/open-banking/v4.0/aisp'

export async function tour(issuer: DevelopmentIssuer): Promise<Call[]> {
  const amira = await issuer.issue({
    client: 'budget-buddy',
    subject: 'cust-amira',
    consent: 'consent-amira-budget',
  })
  const priya = await issuer.issue({
    client: 'lendwise',
    subject: 'cust-priya',
    consent: 'consent-priya-lending',
  })
  const tom = await issuer.issue({
    client: 'budget-buddy',
    subject: 'cust-tom',
    consent: 'consent-tom-expired',
  })
  const stolen = await issuer.issue({
    client: 'lendwise',
    subject: 'cust-amira',
    consent: 'consent-amira-budget',
  })
  const suspended = await issuer.issue({
    client: 'paperplane',
    subject: 'cust-chidi',
    consent: 'consent-chidi-paperplane',
  })
  return [
    { title: "Amira's accounts, basic consent", path: `${BASE}/accounts`, token: amira },
    { title: "Amira's balances, all accounts", path: `${BASE}/balances`, token: amira },
    {
      title: "Amira's transactions, debits only",
      path: `${BASE}/accounts/22289/transactions`,
      token: amira,
    },
    {
      title: "Priya's transactions, full detail",
      path: `${BASE}/accounts/22974/transactions`,
      token: priya,
    },
    {
      title: "Priya's account with Amira's number in the path",
      path: `${BASE}/accounts/22289/balances`,
      token: priya,
    },
    {
      title: "Amira's statements, which she did not share",
      path: `${BASE}/accounts/22289/statements`,
      token: amira,
    },
    {
      title: "Tom's balances, months after his consent ended",
      path: `${BASE}/balances`,
      token: tom,
    },
    { title: "Amira's consent in another client's hands", path: `${BASE}/accounts`, token: stolen },
    { title: 'A client that the register withdrew', path: `${BASE}/accounts`, token: suspended },
    { title: 'A path trick', path: `${BASE}/accounts/22289%2f..%2f22700/balances`, token: amira },
  ]
}

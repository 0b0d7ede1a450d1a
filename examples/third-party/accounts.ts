/** `npm run -s accounts [/accounts/22289/transactions]`: reads under the consent that `npm run consent` got, and prints the answer. */
import { command } from './here.ts'
import { ACCOUNTS } from './third-party.ts'

await command(async ({ party, kept }) => {
  const budgetBuddy = party()
  if (kept.accounts === undefined) throw new Error('No consent yet: npm run -s consent')
  const { client } = budgetBuddy.registration
  const { access } = await budgetBuddy.authorization.refresh(client, kept.accounts.refresh)
  const path = ACCOUNTS + (process.argv[2] ?? '/accounts')
  const { status, body } = await budgetBuddy.callOnceKnown({ title: path, path, token: access })
  process.stdout.write(`${status} ${JSON.stringify(body, null, 2)}\n`)
  if (status !== 200) process.exitCode = 1
})

/** `npm run -s consent`: asks for a consent to read accounts; Amira says yes at her bank, or you do with `-- --by-hand`. */
import { command } from './here.ts'

await command(async ({ party, customer, keep }) => {
  const budgetBuddy = party()
  const consent = await budgetBuddy.askForAccounts()
  const { refresh } = await budgetBuddy.authorise(consent, 'accounts', customer)
  if (refresh !== undefined) keep({ accounts: { consent, refresh } })
  process.stdout.write(`consent ${consent}\n`)
})

/**
 * One payment, while `npm start` runs: `npm run -s pay AMOUNT [AMOUNT]`. Amira authorises the first amount at her bank, and authenticates it where it is not small (with `-- --by-hand`
 * you do); the second, or the same, is what is ordered then. Prints each answer.
 */
import { command } from './here.ts'

await command(async ({ party, customer }) => {
  const [amount = '62.50', ordered = amount] = process.argv
    .slice(2)
    .filter((word) => !word.startsWith('--'))
  const budgetBuddy = party()
  const consent = await budgetBuddy.askForPayment(amount)
  process.stdout.write(`asked for: ${consent}\n`)
  const { access } = await budgetBuddy.authorise(consent, 'payments', customer)
  process.stdout.write('authorised by the customer\n')
  const { status, body } = await budgetBuddy.callOnceKnown(
    budgetBuddy.pay('ordered', access, consent, ordered),
  )
  process.stdout.write(`ordered: ${status} ${JSON.stringify(body)}\n`)
  if (status !== 201) process.exitCode = 1
})

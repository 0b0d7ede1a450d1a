/** `npm run -s register`: registers Budget Buddy at the bank, once, and says what it is known as. */
import { command } from './here.ts'

await command(async ({ authorization, kept, keep }) => {
  const registration = kept.registration ?? (await authorization.register())
  if (kept.registration === undefined) keep({ registration })
  process.stdout.write(`client ${registration.client}\n`)
})

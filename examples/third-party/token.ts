/** `npm run -s token`: an access token under the consent that `npm run consent` got, for `curl`. It is good for five minutes, with the certificate. */
import { command } from './here.ts'

await command(async ({ party, kept }) => {
  const { authorization, registration } = party()
  if (kept.accounts === undefined) throw new Error('No consent yet: npm run -s consent')
  const { access } = await authorization.refresh(registration.client, kept.accounts.refresh)
  process.stdout.write(`${access}\n`)
})

/** You as the customer: the address is opened in a browser, and what the browser comes back to is pasted here. */
import { createInterface } from 'node:readline/promises'

export async function byHand(address: URL): Promise<URL> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  process.stderr.write(
    `Open this in a browser (the authority of its certificate is examples/bank/certs/ca.pem):\n\n  ${address.href}\n\nYou are amira; what her device shows for the question on the page, and her passcode: npm run -s code QUESTION\n\n`,
  )
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () => reject(new Error('No address was given: nothing was done.')))
  })
  const asked = terminal.question(
    'It ends at a page that cannot be found. Paste its address here: ',
  )
  const back = await Promise.race([asked, closed])
  terminal.close()
  return new URL(back.trim())
}

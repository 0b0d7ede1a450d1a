/** `npm run -s code QUESTION`: what Amira's device shows for the question on a page of her bank, and the passcode that goes with it. */
import { join } from 'node:path'
import { elementsIn } from './device.ts'

const CERTIFICATES = join(import.meta.dirname, '..', 'bank', 'certs')

try {
  const { passcode, codeFor } = elementsIn(CERTIFICATES, 'cust-amira')
  process.stdout.write(`code ${codeFor(process.argv[2] ?? '')}\npasscode ${passcode}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

/** Says a number of lines at once, and ends. */
import { say } from './say.ts'

// Whoever has a worker opens it, and from then on the pipe does not block.
process.stdout.on('error', () => undefined)
for (let at = 0; at < Number(process.argv[2]); at++) say(`line-${at}`)

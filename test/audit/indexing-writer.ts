/** Fills an index until it is killed; says each batch. */
import { openIndexWriter } from '../../src/audit/index.ts'

const [dir = '', spoolDir = ''] = process.argv.slice(2)
const writer = await openIndexWriter({ dir, spoolDir })
while ((await writer.step()) > 0) process.send?.('batch')
writer.close()
process.disconnect()

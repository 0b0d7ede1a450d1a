/** Kysely, loaded by the thread that first builds a query: its 255 modules would cost every other thread a tenth of a second. */
import { createRequire } from 'node:module'
import type * as Kysely from 'kysely'

const require = createRequire(import.meta.url)

export function kysely(): typeof Kysely {
  return require('kysely') as typeof Kysely // sound: the types are of the package that is loaded
}

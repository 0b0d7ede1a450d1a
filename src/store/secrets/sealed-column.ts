/** Where sealed payloads stand, as those who write them say it. */
import { openUnder, payloadKeys, sealUnder } from '../sealing.ts'
import type { SealedPlace, SealedRow } from './pass-units.ts'
import { ROOT } from './units.ts'

export interface SealedColumn extends SealedPlace {
  /** Whose keys they are under. */
  readonly area: 'identity' | 'sca' | 'root'
  /** Under which name a payload is sealed, from the columns of its row. */
  readonly name: (row: Readonly<Record<string, string>>) => string
}

/** The keys that outlive every secret. */
export const ROOT_COLUMN: SealedColumn = {
  area: 'root',
  table: 'sealing_root',
  column: 'wrapped',
  key: ['id'],
  beside: [],
  name: () => ROOT,
}

export const placeOf = ({ table, column }: SealedPlace): string => `${table}.${column}`

export interface Reseal {
  /** Under which of the secrets it opens; `undefined`: none. */
  opens(column: SealedColumn, row: SealedRow, secrets: readonly string[]): string | undefined
  /** Those of a page that were not under the first of the secrets, and how many nobody can open. */
  page(
    column: SealedColumn,
    rows: readonly SealedRow[],
    secrets: readonly [string, ...string[]],
  ): { readonly rows: (SealedRow & { readonly anew: Uint8Array })[]; readonly unreadable: number }
}

export function reseal(randomBytes: (count: number) => Uint8Array): Reseal {
  const keys = {
    identity: payloadKeys('identity'),
    sca: payloadKeys('sca'),
    root: payloadKeys('root'),
  }
  function opened(column: SealedColumn, { names, sealed }: SealedRow, secrets: readonly string[]) {
    const name = column.name(names)
    for (const secret of secrets) {
      const text = openUnder(keys[column.area](secret), name, sealed)
      if (text !== undefined) return { name, text, secret }
    }
    return undefined
  }
  return {
    opens: (column, row, secrets) => opened(column, row, secrets)?.secret,
    page(column, rows, secrets) {
      const [first] = secrets
      const anew: (SealedRow & { readonly anew: Uint8Array })[] = []
      let unreadable = 0
      for (const row of rows) {
        if (row.sealed.length === 0) continue // what it held was destroyed
        const found = opened(column, row, secrets)
        if (found === undefined) unreadable++
        else if (found.secret !== first) {
          const { name, text } = found
          anew.push({ ...row, anew: sealUnder(keys[column.area](first), name, text, randomBytes) })
        }
      }
      return { rows: anew, unreadable }
    },
  }
}

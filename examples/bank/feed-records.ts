/** Records of the feed that are made while the example runs, as `gatehouse clients put` and `gatehouse consents put` would write them. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FeedRecords {
  /** Whole, and only where it is another. */
  keep(kind: 'clients' | 'consents', record: object): void
  /** Consents of payments that a bank of an earlier start knew. */
  forgetPayments(): void
}

export function feedRecords(folder: string): FeedRecords {
  const consents = join(folder, 'consents')
  return {
    keep(kind, record) {
      const { id } = record as { readonly id: string } // sound: made in this folder
      const file = join(folder, kind, `${id}.json`)
      const text = `${JSON.stringify(record, null, 2)}\n`
      if (existsSync(file) && readFileSync(file, 'utf8') === text) return
      writeFileSync(`${file}.new`, text)
      renameSync(`${file}.new`, file)
    },
    forgetPayments() {
      for (const name of readdirSync(consents))
        if (name.startsWith('payment-')) rmSync(join(consents, name))
    },
  }
}

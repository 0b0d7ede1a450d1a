/** A store with payers and records of a quarter, written by the database itself: what is measured is what comes after. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Filling {
  readonly payers: number
  readonly records: number
  readonly from: number
  readonly to: number
}

/** Keyed hashes have 43 letters. */
export function payerName(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url')
}

export function fill(dir: string, { payers, records, from, to }: Filling): void {
  const db = new DatabaseSync(join(dir, 'gatehouse.db'))
  try {
    db.exec('PRAGMA synchronous = OFF')
    const many = db.prepare(
      'INSERT INTO sca_payer (payer, authenticated_at, count, sum, epoch) VALUES (?, ?, 0, 0, 1)',
    )
    db.exec('BEGIN')
    for (let at = 0; at < payers; at++) many.run(payerName(`payer-${at}`), from)
    db.exec('COMMIT')
    const step = (to - from - 1) / Math.max(1, records)
    db.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)
       INSERT INTO sca_decision (id, at, entity, act, api, instrument, outcome, exemption, value, payments, payer, scope, epoch, state,
         authentication, method, factors, duration_ms, authenticated_at, settled_at, used, digest)
       SELECT printf('0197d3a1-0000-7000-8000-%012d', i), CAST(:from + i * :step AS INTEGER), 'bank', 'remote-payment', 'payments',
         CASE i % 2 WHEN 0 THEN 'card' ELSE 'credit-transfer' END,
         CASE WHEN i % 3 = 0 THEN 'exempt' ELSE 'required' END,
         CASE WHEN i % 3 <> 0 THEN '' WHEN i % 2 = 0 THEN 'low-value' ELSE 'risk-analysis' END,
         100 + i % 50000, 1, printf('%043d', i % 1000000), '', NULL,
         CASE WHEN i % 17 = 0 THEN 'void' ELSE 'done' END,
         CASE WHEN i % 3 = 0 THEN '' WHEN i % 17 = 0 THEN 'abandoned' ELSE 'succeeded' END,
         CASE WHEN i % 3 = 0 THEN '' ELSE 'passkey' END, 'possession inherence', 4000 + i % 9000, NULL, NULL, 0, printf('%043d', i)
       FROM n`,
    ).run({ last: records - 1, from, step })
  } finally {
    db.close()
  }
}

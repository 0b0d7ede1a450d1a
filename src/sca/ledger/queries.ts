/** The queries of a decision, compiled once: it reads a few rows and writes two or three. */
import { compiledQuery, queryBuilder } from '../../store/index.ts'
import type { LedgerTables, RegisterTables } from '../tables/index.ts'

export const db = queryBuilder<LedgerTables & RegisterTables>()

export const readTerms = compiledQuery(['entity'], ({ entity }: { readonly entity: string }) =>
  db()
    .selectFrom('sca_terms_now')
    .innerJoin('sca_terms', 'sca_terms.digest', 'sca_terms_now.digest')
    .select(['sca_terms.digest', 'sca_terms.body'])
    .where('sca_terms_now.entity', '=', entity)
    .compile(),
)
export const readPayer = compiledQuery(['payer'], ({ payer }: { readonly payer: string }) =>
  db().selectFrom('sca_payer').selectAll().where('payer', '=', payer).compile(),
)
export const readDevice = compiledQuery(['device'], ({ device }: { readonly device: string }) =>
  db().selectFrom('sca_device').selectAll().where('device', '=', device).compile(),
)
export const readAccess = compiledQuery(
  ['payer', 'scope'],
  ({ payer, scope }: { readonly payer: string; readonly scope: string }) =>
    db()
      .selectFrom('sca_access')
      .select('authenticated_at')
      .where('payer', '=', payer)
      .where('scope', '=', scope)
      .compile(),
)
export const readTrusted = compiledQuery(
  ['payer', 'payee'],
  ({ payer, payee }: { readonly payer: string; readonly payee: string }) =>
    db()
      .selectFrom('sca_trusted_payee')
      .select(['payee', 'entry', 'authenticated_at'])
      .where('payer', '=', payer)
      .where('payee', '=', payee)
      .compile(),
)
export const readSeries = compiledQuery(
  ['payer', 'series'],
  ({ payer, series }: { readonly payer: string; readonly series: string }) =>
    db()
      .selectFrom('sca_series')
      .selectAll()
      .where('payer', '=', payer)
      .where('series', '=', series)
      .compile(),
)
export const readOwn = compiledQuery(
  ['payer', 'account'],
  ({ payer, account }: { readonly payer: string; readonly account: string }) =>
    db()
      .selectFrom('sca_own_account')
      .select('account')
      .where('payer', '=', payer)
      .where('account', '=', account)
      .compile(),
)
export const readProcess = compiledQuery(
  ['payer', 'process'],
  ({ payer, process }: { readonly payer: string; readonly process: string }) =>
    db()
      .selectFrom('sca_corporate_payer')
      .select('process')
      .where('payer', '=', payer)
      .where('process', '=', process)
      .compile(),
)

export type DecisionRow = LedgerTables['sca_decision']
const COLUMNS = [
  'id',
  'at',
  'entity',
  'act',
  'api',
  'instrument',
  'outcome',
  'exemption',
  'value',
  'payments',
  'payer',
  'scope',
  'epoch',
  'state',
  'authentication',
  'method',
  'factors',
  'duration_ms',
  'authenticated_at',
  'settled_at',
  'used',
  'digest',
  'client',
  'bound',
] as const satisfies readonly (keyof DecisionRow)[]

/** Gives its id; nothing when another has it. */
export const addDecision = compiledQuery(COLUMNS, (row: DecisionRow) =>
  db()
    .insertInto('sca_decision')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .compile(),
)
export const readDecision = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
  db().selectFrom('sca_decision').selectAll().where('id', '=', id).compile(),
)
export const addEvidence = compiledQuery(
  ['id', 'terms', 'body'],
  (row: LedgerTables['sca_evidence']) => db().insertInto('sca_evidence').values(row).compile(),
)
export const readEvidence = compiledQuery(['id'], ({ id }: { readonly id: string }) =>
  db()
    .selectFrom('sca_evidence')
    .leftJoin('sca_terms', 'sca_terms.digest', 'sca_evidence.terms')
    .select(['sca_evidence.body', 'sca_terms.body as terms'])
    .where('sca_evidence.id', '=', id)
    .compile(),
)
export const putPayer = compiledQuery(
  ['payer', 'authenticated_at', 'count', 'sum', 'epoch'],
  (row: LedgerTables['sca_payer']) => {
    const { payer: _, ...rest } = row
    return db()
      .insertInto('sca_payer')
      .values(row)
      .onConflict((conflict) => conflict.column('payer').doUpdateSet(rest))
      .compile()
  },
)
export const putDevice = compiledQuery(
  ['device', 'count', 'sum', 'epoch'],
  (row: LedgerTables['sca_device']) => {
    const { device: _, ...rest } = row
    return db()
      .insertInto('sca_device')
      .values(row)
      .onConflict((conflict) => conflict.column('device').doUpdateSet(rest))
      .compile()
  },
)
export const putAccess = compiledQuery(
  ['payer', 'scope', 'authenticated_at'],
  (row: LedgerTables['sca_access']) =>
    db()
      .insertInto('sca_access')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['payer', 'scope'])
          .doUpdateSet({ authenticated_at: row.authenticated_at }),
      )
      .compile(),
)

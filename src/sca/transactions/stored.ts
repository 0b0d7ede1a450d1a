/** Transactions between the store and the rest: opened, linked anew, and found to be those that were written. */
import { Buffer } from 'node:buffer'
import { GatehouseError, type JsonObject } from '../../lib/index.ts'
import type { Sealing, Store } from '../../store/index.ts'
import type { Asked, FactorKind } from '../factors/factor.ts'
import { sealedAs } from '../sealing.ts'
import { type LinkedTransaction, linkTransaction, type TransactionRequest } from './linked.ts'
import type { TransactionState } from '../tables/index.ts'
import { findTransaction, type TransactionRow } from './code-units.ts'

export interface StoredTransaction {
  /** What makes its challenge another than that of the same request. */
  readonly nonce: string
  readonly transaction: LinkedTransaction
  readonly state: TransactionState
  readonly createdAt: number
  readonly expiresAt: number
  readonly asked: Asked
  readonly askedVersion: number
  /** Sealed; `null`: it was not authenticated. */
  readonly proof: Uint8Array | null
}

interface Body {
  readonly nonce: string
  readonly request: TransactionRequest
  /** Absent: it was written before this was sealed, which is some minutes of an update. */
  readonly expiresAt?: number
}

export function sealBody(sealing: Sealing, id: string, body: Body): Uint8Array {
  return sealing.seal(sealedAs.body(id), JSON.stringify(body))
}

export const isTransactionId = (id: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(id)

/** @throws GH_SCA_SEALED */
export async function loadTransaction(
  store: Store,
  sealing: Sealing,
  id: string,
): Promise<StoredTransaction | undefined> {
  if (!isTransactionId(id)) return undefined
  const row = await store.run(findTransaction, { id })
  return row === null ? undefined : openRow(sealing, row)
}

/** @throws GH_SCA_SEALED */
export function openRow(sealing: Sealing, row: TransactionRow): StoredTransaction {
  const { id, state, createdAt, expiresAt, askedVersion, proof } = row
  // Sound: sealed by `sealBody` under this very id.
  const body = JSON.parse(sealing.open(sealedAs.body(id), row.body)) as Body
  const { nonce, request } = body
  const linked = linkTransaction(id, nonce, request)
  // What it is linked to is in what was opened; who it hangs on, and how long, stand beside it as well.
  if ((body.expiresAt ?? expiresAt) !== expiresAt) throw new GatehouseError('GH_SCA_SEALED')
  if (!linked.ok || sealing.hashed('subject', request.subject) !== row.subject)
    throw new GatehouseError('GH_SCA_SEALED')
  const asked: Asked =
    row.asked === null
      ? {}
      : (JSON.parse(sealing.open(sealedAs.asked(id), row.asked)) as Record<string, JsonObject>) // sound: sealed as `Asked`
  return {
    nonce,
    transaction: linked.value,
    state,
    createdAt,
    expiresAt,
    asked,
    askedVersion,
    proof,
  }
}

/** Under what stands what a transaction does once. */
export function traceOf(sealing: Sealing, { challenge }: LinkedTransaction): string {
  return traceOfLink(sealing, Buffer.from(challenge).toString('base64url'))
}
/** `link`: digest of what was agreed, base64url. */
export function traceOfLink(sealing: Sealing, link: string): string {
  return sealing.hashed('transaction step', link)
}

export function sealAsked(sealing: Sealing, id: string, asked: Asked): Uint8Array {
  return sealing.seal(sealedAs.asked(id), JSON.stringify(asked))
}

/** An element that was right. */
export interface ProvenFactor {
  readonly id: string
  readonly kind: FactorKind
  /** A passkey that a provider copies between devices. */
  readonly synced?: true
}
export interface Proof {
  /** Digest of what was agreed, base64url. */
  readonly link: string
  readonly at: number
  readonly factors: readonly ProvenFactor[]
}

export function sealProof(sealing: Sealing, id: string, proof: Proof): Uint8Array {
  return sealing.seal(sealedAs.proof(id), JSON.stringify(proof))
}

/** @throws GH_SCA_SEALED: the proof is not of this transaction, whatever its state says */
export function openProof(
  sealing: Sealing,
  { transaction: { id, challenge }, proof }: StoredTransaction,
): Proof {
  if (proof === null) throw new GatehouseError('GH_SCA_SEALED')
  const opened = JSON.parse(sealing.open(sealedAs.proof(id), proof)) as Proof // sound: sealed by `sealProof`
  const link = Buffer.from(challenge).toString('base64url')
  if (opened.link !== link) throw new GatehouseError('GH_SCA_SEALED')
  return opened
}

/**
 * The part of `/sca/v1` over what exemptions rest on (RTS Art. 13, 14, 15, 17), for the payer's bank alone: a client needs the scope
 * `sca-registers` beside being one of the bank's own. What a customer enters or changes, he authenticated: the code of a transaction of exactly
 * this change is redeemed, once, and its decision is used up. Each change is on record before it counts.
 */
import { GatehouseError, type JsonObject } from '../../lib/index.ts'
import {
  actOfChange,
  type ScaRegisters,
  type ScaRefusal,
  type TransactionDesk,
} from '../../sca/index.ts'
import type { FaceAnswer, FaceRequest } from '../consents/face.ts'
import { type Shape, textAt } from '../consents/shape.ts'
import type { Evidence } from '../evidence.ts'
import { enterChange, onRecord } from './enter-register.ts'
import {
  CHANGED,
  changeOf,
  OWN_ACCOUNTS,
  PROCESS,
  REGISTERS,
  SERIES_END,
} from './register-bodies.ts'

export const REGISTERS_SCOPE = 'sca-registers'

export interface RegisterParts {
  readonly transactions: Pick<TransactionDesk, 'redeem'>
  readonly registers: ScaRegisters
  readonly evidence: Pick<Evidence, 'write'>
}
/** As `sca-resources` has them. */
export interface RegisterRoute {
  readonly method: 'POST'
  readonly path: string
  readonly scope: typeof REGISTERS_SCOPE
  readonly body: Shape
  run(request: FaceRequest): Promise<FaceAnswer>
}

export function registerRoutes(
  { transactions, registers, evidence }: RegisterParts,
  refusedBy: (refusal: ScaRefusal) => FaceAnswer,
): readonly RegisterRoute[] {
  const recorded = <T>(
    { client, body }: FaceRequest,
    purpose: string,
    change: () => Promise<T>,
  ): Promise<T> =>
    onRecord(evidence, { subject: textAt(body, 'subject'), client, by: 'bank', purpose }, change)
  const route = (
    path: string,
    body: Shape,
    run: (request: FaceRequest, subject: string) => Promise<FaceAnswer>,
  ): RegisterRoute => ({
    method: 'POST',
    path,
    scope: REGISTERS_SCOPE,
    body,
    run: (request) => run(request, textAt(request.body, 'subject')),
  })

  return [
    route('registers', REGISTERS, async (_, subject) => ({
      status: 200,
      body: plain(await registers.list(subject)),
    })),
    route('registers/changes', CHANGED, async (request, subject) => {
      const { body, client } = request
      const change = changeOf(body)
      const purpose = { kind: 'risky-act', what: actOfChange(change), change } as const
      const [code, expectedAudience] = [textAt(body, 'code'), textAt(body, 'audience')]
      const redeemed = await transactions.redeem({
        code,
        expectedAudience,
        client,
        subject,
        purpose,
      })
      if (!redeemed.ok) return refusedBy(redeemed.error)
      const { decisionId } = redeemed.value.transaction
      if (decisionId === undefined) return refusedBy({ code: 'GH_SCA_REGISTER_UNAUTHENTICATED' })
      await enterChange({ registers, evidence }, { subject, client }, change, decisionId)
      return { status: 200, body: { outcome: 'entered' } }
    }),
    route('registers/series/ends', SERIES_END, async (request, subject) => {
      const ended = await recorded(request, 'end-series', () =>
        registers.endSeries(subject, textAt(request.body, 'series')),
      )
      return { status: 200, body: { outcome: ended ? 'ended' : 'none' } }
    }),
    route('registers/own-accounts', OWN_ACCOUNTS, async (request, subject) => {
      // Sound: its shape was checked.
      const accounts = request.body['accounts'] as readonly string[]
      await recorded(request, 'own-accounts', () => registers.putOwnAccounts(subject, accounts))
      return { status: 200, body: { outcome: 'stated' } }
    }),
    route('registers/processes', PROCESS, async (request, subject) => {
      const { body, client } = request
      const given = body['given'] === true
      const outcome = await recorded(request, given ? 'process' : 'process-end', async () => {
        const put = await registers.putProcess(subject, textAt(body, 'process'), given, client)
        if (put === 'full') throw new GatehouseError('GH_SCA_REGISTER_FULL')
        return put
      })
      return { status: 200, body: { outcome } }
    }),
  ]
}

/** As JSON has it. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject // sound: an object of JSON values
}

/**
 * The customer's own changes of his list of trusted payees (RTS Art. 13(1)): decided, shown, authenticated for exactly this change, entered. Each is
 * a transaction of our own pages from its first moment, so that what is confirmed is what it holds and nothing that comes back from a browser.
 */
import { type Clock, GatehouseError } from '../../lib/index.ts'
import { actOfChange, type RegisterChange, type RegistersView } from '../../sca/index.ts'
import type { Evidence } from '../evidence.ts'
import { type AskedDesk, sendAsk } from './asked-step.ts'
import type { Given } from './confirm-step.ts'
import { OWN_PAGES } from './credentials-act.ts'
import { enterChange } from './enter-register.ts'
import { onPage, outcomeOf, type StrongOptions, type StrongOutcome } from './strong.ts'

const AUDIENCE = 'urn:gatehouse:sca:payees'

export type ListChange = Extract<RegisterChange, { readonly as: 'trust' | 'distrust' }>
export type PayeesConfirmed =
  /** `full`: there is no room, and nothing was entered. */
  | { readonly kind: 'done'; readonly entered: 'entered' | 'full' }
  | { readonly kind: Exclude<StrongOutcome['kind'], 'done'> }

export interface PayeesAct {
  list(subject: string): Promise<RegistersView['trustedPayees']>
  /** The transaction that asks for it; `undefined`: the bank does not allow it now. */
  begin(subject: string, change: ListChange): Promise<string | undefined>
  /** `id`: of the transaction that is on the page; nothing else is begun for it. */
  asking(subject: string, id: string): AskedDesk
  confirm(subject: string, given: Given): Promise<PayeesConfirmed>
}

export function payeesAct(
  {
    transactions,
    devices,
    ledger,
    registers,
    evidence,
  }: Pick<StrongOptions, 'transactions' | 'devices' | 'ledger' | 'registers'> & {
    readonly evidence: Pick<Evidence, 'write'>
  },
  clock: Clock,
): PayeesAct {
  const of = (subject: string) => ({ subject, client: OWN_PAGES, audience: AUDIENCE })
  const purposeOf = (change: ListChange) =>
    ({ kind: 'risky-act', what: actOfChange(change), change }) as const
  const isOpen = async (subject: string, id: string): Promise<boolean> =>
    (await devices.screen(id, of(subject)))?.state === 'open'

  return {
    async list(subject) {
      const { trustedPayees } = await registers.list(subject)
      return trustedPayees.filter(({ account }) => account !== '')
    },
    async begin(subject, change) {
      const purpose = purposeOf(change)
      const decided = await ledger.decide({ subject, client: OWN_PAGES, act: purpose })
      if (decided.outcome !== 'required') return undefined
      const made = await transactions.create({ ...of(subject), decisionId: decided.id, purpose })
      return made.ok ? made.value.id : undefined
    },
    asking(subject, id) {
      async function present(one: string) {
        if (!(await isOpen(subject, one))) return undefined
        const shown = await transactions.present(one)
        return shown.ok ? onPage(shown.value, clock.now()) : undefined
      }
      return {
        present,
        begin: () => present(id),
        screen: (one) => devices.screen(one, of(subject)),
        ask: async (one, kind) =>
          (await isOpen(subject, one)) ? sendAsk(transactions, one, kind) : 'over',
      }
    },
    async confirm(subject, { id, answers, network }) {
      if (!(await isOpen(subject, id))) return { kind: 'over' }
      const verified = await transactions.verify({ id, answers, network })
      if (!verified.ok) return { kind: outcomeOf(verified.error.code) }
      const { change: held, decisionId } = verified.value.transaction
      const issued = await transactions.issue(verified.value)
      if (!issued.ok || decisionId === undefined || held === undefined || held.as === 'series')
        return { kind: 'over' }
      const change = { as: held.as, payees: held.payees }
      const { client, audience: expectedAudience } = of(subject)
      const redeemed = await transactions.redeem({
        code: issued.value.code,
        client,
        subject,
        expectedAudience,
        purpose: purposeOf(change),
      })
      if (!redeemed.ok) return { kind: 'over' }
      try {
        await enterChange({ registers, evidence }, { subject, client }, change, decisionId)
        return { kind: 'done', entered: 'entered' }
      } catch (error) {
        if (error instanceof GatehouseError && error.code === 'GH_SCA_REGISTER_FULL')
          return { kind: 'done', entered: 'full' }
        throw error
      }
    },
  }
}

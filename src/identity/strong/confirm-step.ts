/** How a customer confirms something on his own pages: with what he types, on a device of his, with a code that is sent, or by a passkey. */
import type { Answer } from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'
import type { SecurityAnswer, SecurityTurn } from '../screens/security.ts'
import type { Content } from '../screens/security-pages.ts'
import { type AskedDesk, askedBy, askedNow, askedOf, type AskedState, WHY } from './asked-step.ts'
import { ownRefusedPage } from './enrolment-pages.ts'
import type { ServedScript } from './passkey-part.ts'
import type { StrongOutcome } from './strong.ts'
import { type Asking, canConfirm, scriptOf } from './strong-page.ts'
import { answersIn } from './strong-step.ts'

export type Given = {
  readonly id: string
  readonly answers: readonly Answer[]
  readonly network: string
}
export interface ToConfirm<Done extends { readonly kind: 'done' }> {
  /** Of the page. */
  readonly path: string
  /** Where it all begins anew; absent: there. */
  readonly restart?: string
  readonly desk: AskedDesk
  readonly confirm: (
    given: Given,
  ) => Promise<Done | { readonly kind: Exclude<StrongOutcome['kind'], 'done'> }>
  readonly page: (failed: Message | undefined, asking: Asking) => Content
  /** Nothing that he has can be asked for here, or there is nothing to confirm. */
  readonly cannot: () => SecurityAnswer
  readonly done: (confirmed: Done) => Promise<SecurityAnswer> | SecurityAnswer
}

export async function confirmStep<Done extends { readonly kind: 'done' }>(
  passkeys: ServedScript | undefined,
  { language, query, network, form }: SecurityTurn,
  of: ToConfirm<Done>,
): Promise<SecurityAnswer> {
  const { id, by } = askedOf(form ?? query)
  const fresh = { status: 200, failed: undefined }
  if (form === undefined) return ask(fresh, id === '' || by === undefined ? undefined : id)
  const told = await askedBy(of.desk, of.path, form)
  if (told !== undefined) return 'to' in told ? told : ask(told, told.again)
  const confirmed = await of.confirm({ ...answersIn(form), network })
  if (confirmed.kind === 'done') return of.done(confirmed)
  const status = confirmed.kind === 'over' ? 409 : 403
  return ask({ status, failed: WHY[confirmed.kind] }, id)

  async function ask(state: AskedState, again?: string): Promise<SecurityAnswer> {
    const now = await askedNow(of.desk, { ...state, again, by, query })
    if (now.kind === 'refused')
      return { status: 403, ...ownRefusedPage(language, of.restart ?? of.path) }
    const asking = now.kind === 'open' ? { ...now, passkeys } : undefined
    return asking !== undefined && canConfirm(asking)
      ? { status: asking.status, ...scriptOf(asking), ...of.page(asking.failed, asking) }
      : of.cannot()
  }
}

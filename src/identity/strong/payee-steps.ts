/** "Payees that you trust", step by step: the list, what is to be added, and what is confirmed before it counts. */
import { readChange } from '../../sca/index.ts'
import { PAYEES, payeeAddPage, payeeConfirmPage, payeeList } from '../screens/payee-pages.ts'
import { notice } from '../screens/request-pages.ts'
import type { SecurityAnswer, SecurityStep, SecurityTurn } from '../screens/security.ts'
import { askedOf } from './asked-step.ts'
import { confirmStep } from './confirm-step.ts'
import type { ServedScript } from './passkey-part.ts'
import type { ListChange, PayeesAct } from './payees-act.ts'

export interface PayeeSteps {
  readonly act: PayeesAct
  readonly passkeys: ServedScript | undefined
}

export const payeeStep =
  (of: PayeeSteps): SecurityStep =>
  async (turn) => {
    const { rest, form, language, token, session } = turn
    const [step = '', ...more] = rest
    if (more.length > 0) return undefined
    switch (step) {
      case '':
        if (form !== undefined) return undefined
        return { status: 200, ...payeeList(language, await of.act.list(session.subject), token) }
      case 'add':
        if (form !== undefined) return add(of, turn, form)
        return { status: 200, ...payeeAddPage({ language, token, name: '', account: '' }) }
      case 'remove':
        return form && remove(of, turn, form)
      case 'confirm':
        return confirm(of, turn)
      default:
        return undefined
    }
  }

async function add(
  of: PayeeSteps,
  turn: SecurityTurn,
  form: URLSearchParams,
): Promise<SecurityAnswer> {
  const { language, token } = turn
  const name = (form.get('name') ?? '').trim()
  const account = (form.get('account') ?? '').trim()
  const change = { as: 'trust', payees: [{ name, account: withScheme(account) }] } as const
  const read = readChange(change)
  if (read.ok) return begin(of, turn, change)
  const wrong = read.error.some(({ path }) => path.endsWith('/name')) ? 'name' : 'account'
  return { status: 422, ...payeeAddPage({ language, token, name, account, wrong }) }
}

/** As people write it: an IBAN begins with its country, a sort code and account number are digits. */
function withScheme(typed: string): string {
  if (!/^[0-9A-Za-z -]+$/.test(typed)) return ''
  return /^[0-9]/.test(typed)
    ? `UK.OBIE.SortCodeAccountNumber:${typed}`
    : `iban:${typed.toUpperCase()}`
}

async function remove(
  of: PayeeSteps,
  turn: SecurityTurn,
  form: URLSearchParams,
): Promise<SecurityAnswer | undefined> {
  const entries = await of.act.list(turn.session.subject)
  const found = entries.find(({ id }) => id === form.get('payee'))
  if (found === undefined) return undefined
  const { name, account } = found
  return begin(of, turn, { as: 'distrust', payees: [{ name, account }] })
}

async function begin(
  { act }: PayeeSteps,
  { session, language }: SecurityTurn,
  change: ListChange,
): Promise<SecurityAnswer> {
  const id = await act.begin(session.subject, change)
  return id === undefined
    ? { status: 403, ...notice(language, 'payees', 'payeeNotAllowed') }
    : { to: pathOf(id) }
}
const pathOf = (id: string): string =>
  `${PAYEES}/confirm?${new URLSearchParams({ transaction: id }).toString()}`

function confirm({ act, passkeys }: PayeeSteps, turn: SecurityTurn): Promise<SecurityAnswer> {
  const { session, language, token, form, query } = turn
  const { subject } = session
  const { id } = askedOf(form ?? query)
  return confirmStep(passkeys, turn, {
    path: `${PAYEES}/confirm`,
    restart: PAYEES,
    desk: act.asking(subject, id),
    confirm: (given) => act.confirm(subject, given),
    page: (failed, asking) =>
      payeeConfirmPage({ language, token, failed }, asking, { again: pathOf(id) }),
    cannot: () => ({ status: 409, ...notice(language, 'payees', 'payeeOver') }),
    done: ({ entered }) =>
      entered === 'full'
        ? { status: 409, ...notice(language, 'payees', 'payeesFull') }
        : { to: PAYEES },
  })
}

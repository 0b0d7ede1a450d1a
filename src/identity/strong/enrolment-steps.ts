/** What a customer does to his own elements, step by step: authorise, set up, prove; remove. Each of them is the desk's to allow. */
import type { JsonValue } from '../../lib/index.ts'
import type {
  Device,
  EnrolmentAuthorisation,
  EnrolmentDesk,
  EnrolmentRefusal,
  FactorKind,
} from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'
import { notice } from '../screens/request-pages.ts'
import type { SecurityAnswer, SecurityStep, SecurityTurn } from '../screens/security.ts'
import { type Content, SECURITY } from '../screens/security-pages.ts'
import { WHY } from './asked-step.ts'
import { confirmStep } from './confirm-step.ts'
import { type CredentialsAct, OWN_PAGES } from './credentials-act.ts'
import { ELEMENT_WORDS } from './element-words.ts'
import { authorisePage, bankCodePage, removePage, setUpPage } from './enrolment-pages.ts'
import { outcomeOf } from './strong.ts'
import type { ServedScript } from './passkey-part.ts'
import type { Asking } from './strong-page.ts'
import { jsonIn } from './strong-step.ts'

export interface EnrolmentSteps {
  readonly enrolment: EnrolmentDesk
  readonly act: CredentialsAct
  /** What the bank is called. */
  readonly brand: string
  /** By which a passkey is asked for and made; `undefined`: neither is done on these pages. */
  readonly passkeys: ServedScript | undefined
}

const FAULTS: Readonly<Record<NonNullable<EnrolmentRefusal['fault']>, Message>> = {
  common: 'faultCommon',
  'too-short': 'faultTooShort',
  'too-long': 'faultTooLong',
  malformed: 'faultMalformed',
  'wrong-answer': 'faultWrongAnswer',
  'not-allowed': 'faultNotAllowed',
  taken: 'faultTaken',
  full: 'faultFull',
  authenticate: 'faultAuthenticate',
}

/** Those that can be added on these pages. */
export const addable = ({ enrolment, passkeys }: EnrolmentSteps): readonly FactorKind[] =>
  enrolment.kinds.filter(
    (kind) =>
      ELEMENT_WORDS[kind].about !== undefined && (kind !== 'passkey' || passkeys !== undefined),
  )
/** Its kind, where it can be added here; else there is no such page. */
function kindIn(of: EnrolmentSteps, [name, ...more]: readonly string[]) {
  return more.length > 0 ? undefined : addable(of).find((kind) => kind === name)
}
const failing = (turn: SecurityTurn, failed?: Message) => ({ ...turn, failed })

/** With what the customer has. */
export const addStep =
  (of: EnrolmentSteps): SecurityStep =>
  async (turn) => {
    const { subject } = turn.session
    const kind = kindIn(of, turn.rest)
    if (kind === undefined) return undefined
    const change = { change: 'add', element: kind } as const
    if (!(await of.enrolment.isStrong(subject)))
      return { status: 200, ...bankCodePage(failing(turn), kind, 'needsBankCode') }
    const path = `${SECURITY}/add/${kind}`
    return confirmStep(of.passkeys, turn, {
      path,
      desk: of.act.asking(subject, change),
      confirm: (given) => of.act.confirm(subject, change, given),
      page: (failed, asking) => authorisePage(failing(turn, failed), kind, asking),
      cannot: () => ({ status: 200, ...bankCodePage(failing(turn), kind, 'needsBankCode') }),
      done: ({ code }) => begin(of, turn, kind, { kind: 'code', code, client: OWN_PAGES }),
    })
  }

/** With a code of the bank. */
export const codeStep =
  (of: EnrolmentSteps): SecurityStep =>
  async (turn) => {
    const kind = kindIn(of, turn.rest)
    if (kind === undefined) return undefined
    if (turn.form === undefined) return { status: 200, ...bankCodePage(failing(turn), kind) }
    const code = [turn.form.get('code') ?? '', turn.form.get('second') ?? ''].join(' ')
    return begin(of, turn, kind, { kind: 'activation', code, network: turn.network })
  }

async function begin(
  { enrolment, brand, passkeys }: EnrolmentSteps,
  turn: SecurityTurn,
  kind: FactorKind,
  authorisation: EnrolmentAuthorisation,
): Promise<SecurityAnswer> {
  const { subject } = turn.session
  const begun = await enrolment.begin({
    subject,
    kind,
    channel: 'browser',
    authorisation,
    // What a device shows where it has keys of several banks.
    ...(kind === 'passkey' ? { given: { name: brand } } : {}),
  })
  if (!begun.ok) {
    const { code, fault } = begun.error
    const why =
      fault !== undefined
        ? FAULTS[fault]
        : outcomeOf(code) === 'blocked'
          ? WHY.blocked
          : 'bankCodeWrong'
    return { status: 403, ...bankCodePage(failing(turn, why), kind) }
  }
  const { id, options } = begun.value
  const { question } = options
  const set = {
    kind,
    id,
    options,
    brand,
    label: '',
    question: typeof question === 'string' ? question : '',
  }
  const script = kind === 'passkey' && passkeys !== undefined ? { script: passkeys } : {}
  return { status: 200, ...script, ...setUpPage(failing(turn), set) }
}

export const finishStep =
  (of: EnrolmentSteps): SecurityStep =>
  async (turn) => {
    const { enrolment, brand } = of
    const { form, session } = turn
    const kind = kindIn(of, turn.rest)
    if (kind === undefined || form === undefined) return undefined
    const id = form.get('enrolment') ?? ''
    const value = form.get('value') ?? ''
    const label = (form.get('label') ?? '').trim()
    const said = form.get('question') ?? ''
    // It comes back from the browser, and is nothing but shown.
    const question = /^[0-9a-f]{64}$/.test(said) ? said : ''
    const again = (failed: Message): SecurityAnswer => ({
      status: 422,
      ...setUpPage(failing(turn, failed), { kind, id, brand, label, question }),
    })
    if (kind === 'passcode' && value !== form.get('repeat')) return again('passcodesDiffer')
    const done = await enrolment.finish({
      subject: session.subject,
      id,
      value: kind === 'passkey' ? jsonIn(form.get('passkey') ?? '') : typedValue(kind, value),
      ...(label === '' ? {} : { label }),
    })
    if (done.ok) return { to: `${SECURITY}/element/${done.value.id}` }
    const { fault } = done.error
    return fault === undefined
      ? { status: 409, ...notice(turn.language, 'addOverTitle', 'addOverText') }
      : again(FAULTS[fault])
  }

/** A code may be typed in groups; a passcode is what it is. */
const typedValue = (kind: FactorKind, value: string): JsonValue =>
  kind === 'passcode' ? value : value.replaceAll(/\s/g, '')

/** Who can authenticate strongly does so for it; who cannot has nothing that would be worth it, and logs in. */
export async function removeStep(
  of: EnrolmentSteps,
  turn: SecurityTurn,
  device: Device,
): Promise<SecurityAnswer> {
  const { enrolment, act } = of
  const { session, form } = turn
  const { subject } = session
  const change = { change: 'remove', element: device.id } as const
  const page = (how: Asking | 'login' | 'cannot', failed?: Message): Content =>
    removePage(failing(turn, failed), device, how)
  const gone = async (): Promise<SecurityAnswer> => {
    await enrolment.revoke(subject, device.id)
    return { to: SECURITY }
  }
  if (!(await enrolment.isStrong(subject)))
    return form === undefined ? { status: 200, ...page('login') } : gone()
  const path = `${SECURITY}/element/${device.id}/remove`
  return confirmStep(of.passkeys, turn, {
    path,
    desk: act.asking(subject, change, device.kind),
    confirm: (given) => act.confirm(subject, change, given),
    page: (failed, asking) => page(asking, failed),
    cannot: () => ({ status: 200, ...page('cannot') }),
    done: async ({ code }) =>
      (await act.mayRemove(subject, device.id, code))
        ? gone()
        : { status: 409, ...notice(turn.language, 'addOverTitle', 'strongOver') },
  })
}

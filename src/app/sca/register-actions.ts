/** What exemptions rest on, as the bank's staff sees and changes it: who asked and why is in the spool before it counts. What a customer enters himself is not made here. */
import type { JsonObject, JsonValue } from '../../lib/index.ts'
import { canonicalAccountText, GatehouseError } from '../../lib/index.ts'
import type { RegistersView, ScaRegisters } from '../../sca/index.ts'
import { type Action, type Asked, NOTHING, type Prepared } from '../control-desk.ts'

export interface RegisterParts {
  /** `undefined`: the configuration has no strong authentication. */
  readonly registers: ScaRegisters | undefined
  /** The customer, as events name them. */
  readonly pseudonym: (subject: string) => string | null
}

const MAX_TEXT_CHARS = 256
const CHANGES = ['strike', 'end-series', 'own-accounts', 'give', 'take'] as const
type Change = (typeof CHANGES)[number]
type Ready = Omit<Prepared, 'details'>

export function registerActions(parts: RegisterParts): Readonly<Record<'sca-registers', Action>> {
  return { 'sca-registers': (asked) => changing(asked, parts) }
}

/** @throws GH_SCA_NOT_CONFIGURED, GH_SCA_PERSON_ERASED */
export function registersView({ registers }: Pick<RegisterParts, 'registers'>) {
  return async (subject: string): Promise<RegistersView> => {
    if (registers === undefined) throw new GatehouseError('GH_SCA_NOT_CONFIGURED')
    const { trustedPayees, ...rest } = await registers.list(subject)
    // Enough for who knows the number, and for nobody else.
    const masked = trustedPayees.map((one) => ({ ...one, account: `•• ${one.account.slice(-4)}` }))
    return { trustedPayees: masked, ...rest }
  }
}

/** Under which a person stands in the store, for the log of erasures: elements, and what exemptions rest on. */
export function withRegisterNames(
  elements: (subject: string) => readonly string[],
  { registers }: Pick<RegisterParts, 'registers'>,
) {
  return (subject: string): readonly string[] => [
    ...elements(subject),
    ...(registers?.namesOf(subject) ?? []),
  ]
}

async function changing(
  { who, reason, proposal }: Asked,
  { registers, pseudonym }: RegisterParts,
): Promise<Prepared> {
  if (registers === undefined) return refused('GH_SCA_NOT_CONFIGURED')
  if (reason === null) return refused('GH_CONTROL_REASON')
  const said = proposal ?? {}
  const subject = textIn(said, 'subject')
  const change = CHANGES.find((one) => one === said['change'])
  if (subject === '' || change === undefined)
    return refused('GH_SCA_REGISTER', [`name the customer, and one of ${CHANGES.join(', ')}`])
  const ready = await READY[change](registers, subject, said, who)
  if (typeof ready === 'string') return refused('GH_SCA_REGISTER', [ready])
  return { ...ready, details: [`of customer ${pseudonym(subject) ?? 'erased'}`] }
}

/** A text: what is missing. */
const READY: Readonly<
  Record<
    Change,
    (
      registers: ScaRegisters,
      subject: string,
      said: JsonObject,
      who: string,
    ) => Promise<Ready | string>
  >
> = {
  async strike(registers, subject, said) {
    const entry = textIn(said, 'entry')
    const { trustedPayees } = await registers.list(subject)
    if (!trustedPayees.some(({ id }) => id === entry)) return 'there is no trusted payee of this id'
    return done('trusted', 'struck off', async () => {
      await registers.strike(subject, [entry])
    })
  },
  async 'end-series'(registers, subject, said) {
    const series = textIn(said, 'series')
    if (series === '') return 'name the series as the bank does'
    return done('series', 'ended', async () => {
      if (!(await registers.endSeries(subject, series)))
        throw new GatehouseError('GH_SCA_REGISTER', 'the customer has no series of this id')
    })
  },
  async 'own-accounts'(registers, subject, said) {
    const accounts = said['accounts']
    const listed = Array.isArray(accounts) ? (accounts as readonly JsonValue[]) : undefined
    const texts = listed?.filter((one) => typeof one === 'string') ?? []
    if (listed === undefined || texts.length < listed.length) return 'accounts are a list of texts'
    const wrong = texts.findIndex((one) => !canonicalAccountText(one).ok)
    // Where it stands, and nothing of the number.
    if (wrong >= 0) return `account ${wrong + 1} is not named as scheme and identification`
    const { ownAccounts } = await registers.list(subject)
    return done(`${ownAccounts.count} own accounts`, `${texts.length} own accounts`, () =>
      registers.putOwnAccounts(subject, texts),
    )
  },
  give: (registers, subject, said, who) => putting(registers, subject, said, who),
  take: (registers, subject, said, who) => putting(registers, subject, said, who),
}

async function putting(
  registers: ScaRegisters,
  subject: string,
  said: JsonObject,
  who: string,
): Promise<Ready | string> {
  const process = textIn(said, 'process')
  const given = said['change'] === 'give'
  if (process === '') return 'name the corporate process'
  const { processes } = await registers.list(subject)
  const before = processes.some(({ name }) => name === process)
  const word = (has: boolean): string => (has ? `process ${process}` : `no process ${process}`)
  if (before === given)
    return { ...NOTHING, outcome: 'unchanged', before: word(before), after: word(given) }
  return done(word(before), word(given), async () => {
    if ((await registers.putProcess(subject, process, given, who)) === 'full')
      throw new GatehouseError('GH_SCA_REGISTER_FULL')
  })
}

function done(before: string, after: string, change: () => Promise<void>): Ready {
  return {
    outcome: 'done',
    before,
    after,
    async commit() {
      await change()
      return []
    },
  }
}

function textIn(said: JsonObject, name: string): string {
  const value = said[name]
  const sound = typeof value === 'string' && value.length <= MAX_TEXT_CHARS
  return sound && !/\p{Cc}/u.test(value) ? value : ''
}

function refused(
  code: 'GH_CONTROL_REASON' | 'GH_SCA_REGISTER' | 'GH_SCA_NOT_CONFIGURED',
  details: readonly string[] = [],
): Prepared {
  return { ...NOTHING, outcome: 'refused', code, details }
}

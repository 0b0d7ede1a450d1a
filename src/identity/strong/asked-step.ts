/** What each page does from which a device is asked, or a code sent: it asks by a POST that leads on, keeps the transaction while it is open, and says what became of it. */
import { GatehouseError } from '../../lib/index.ts'
import type { ScreenState, TransactionDesk } from '../../sca/index.ts'
import type { Message } from '../screens/english.ts'
import { type AskedKind, askedKind, askedPath, type AskedView } from './asked-part.ts'
import type { StrongAsk, StrongAsked, Strong, StrongOutcome, StrongPresentation } from './strong.ts'

/** The transactions of one customer and one thing that he is asked about. */
export interface AskedDesk {
  begin(): Promise<StrongPresentation | undefined>
  present(id: string): Promise<StrongPresentation | undefined>
  /** `undefined`: there is no such transaction of his, about this. */
  screen(id: string): Promise<ScreenState | undefined>
  ask(id: string, kind: AskedKind): Promise<StrongAsk>
}
export const deskOf = (strong: Strong, asked: StrongAsked): AskedDesk => ({
  begin: () => strong.begin(asked),
  present: (id) => strong.present(asked, id),
  screen: (id) => strong.screen(asked, id),
  ask: (id, kind) => strong.ask(asked, id, kind),
})

/** What the page is to say. */
export interface AskedState {
  readonly status: number
  readonly failed: Message | undefined
}
export type AskedNow =
  | ({
      readonly kind: 'open'
      readonly presentation: StrongPresentation
      readonly view: AskedView | undefined
    } & AskedState)
  /** On the device: nothing is asked any more. */
  | { readonly kind: 'refused' }
  /** It cannot be shown to the customer. */
  | { readonly kind: 'none' }

/** Of the address, or of the form: which transaction, and what was asked of it. */
export function askedOf(said: URLSearchParams): {
  readonly id: string
  readonly by: AskedKind | undefined
} {
  return { id: said.get('transaction') ?? '', by: askedKind(said.get('by')) }
}

/** The same transaction as long as it is open, or another. */
export async function askedNow(
  desk: AskedDesk,
  of: AskedState & {
    readonly again: string | undefined
    readonly by: AskedKind | undefined
    /** Of the address. */
    readonly query: URLSearchParams
  },
): Promise<AskedNow> {
  const { again, by, failed } = of
  const screen = again === undefined ? undefined : await desk.screen(again)
  if (screen?.state === 'refused') return { kind: 'refused' }
  const open = screen?.state === 'open' && again !== undefined
  const before = open ? await desk.present(again) : undefined
  const presentation = before ?? (await desk.begin())
  if (presentation === undefined) return { kind: 'none' }
  const view =
    before === undefined || screen === undefined ? undefined : viewOf(screen, by, of.query)
  // Its time is over, or another question took its place.
  const late = again !== undefined && before === undefined && failed === undefined
  return {
    kind: 'open',
    presentation,
    view,
    status: late ? 409 : of.status,
    failed: late ? WHY.over : failed,
  }
}

/** `undefined`: the form wants nothing asked. */
export async function askedBy(
  desk: AskedDesk,
  path: string,
  form: URLSearchParams | undefined,
): Promise<{ readonly to: string } | (AskedState & { readonly again: string }) | undefined> {
  const wants = askedKind(form?.get('ask'))
  if (form === undefined || wants === undefined) return undefined
  const { id } = askedOf(form)
  const became = await desk.ask(id, wants)
  if (became === 'asked') return { to: askedPath(path, id, wants) }
  const [status, failed] = NOT_ASKED[became]
  return { status, failed, again: id }
}

/** Sends it, whatever the screen. */
export async function sendAsk(
  transactions: Pick<TransactionDesk, 'ask'>,
  id: string,
  kind: AskedKind,
): Promise<StrongAsk> {
  try {
    const said = await transactions.ask(id, kind)
    if (said.ok) return 'asked'
    return ASK_REFUSED.get(said.error.code) ?? 'over'
  } catch (error) {
    // It was counted, and may have arrived; who asks again makes what came of no use.
    if (error instanceof GatehouseError && error.code === 'GH_SCA_BANK_UNREACHABLE') return 'unable'
    throw error
  }
}

const ASK_REFUSED: ReadonlyMap<string, StrongAsk> = new Map([
  ['GH_SCA_THROTTLED', 'too-often'],
  ['GH_SCA_FACTORS', 'unable'],
])
const NOT_ASKED = {
  'too-often': [429, 'askTooOften'],
  unable: [503, 'askUnable'],
  over: [409, 'strongOver'],
} as const satisfies Readonly<Record<Exclude<StrongAsk, 'asked'>, readonly [number, Message]>>

export const WHY: Readonly<Record<Exclude<StrongOutcome['kind'], 'done'>, Message>> = {
  failed: 'strongFailed',
  blocked: 'strongBlocked',
  over: 'strongOver',
}

/** Nothing is shown of what was not asked. */
function viewOf(
  screen: ScreenState,
  kind: AskedKind | undefined,
  query: URLSearchParams,
): AskedView | undefined {
  if (kind === undefined) return undefined
  const was = kind === 'approval' ? screen.number !== undefined : screen.sent
  return was ? { kind, screen, looked: query.has('looked') } : undefined
}

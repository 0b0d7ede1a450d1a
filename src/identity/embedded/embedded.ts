/**
 * Consents that a third party has authorised by what the customer tells it: a passcode, and a code that is of use to this transaction alone
 * (Berlin Group, embedded approach; RTS Art. 4 and 5). One outcome for both elements. Each authorisation is answered once, as on a device.
 */
import type { Adapter } from 'oidc-provider'
import type { Clock } from '../../lib/index.ts'
import type {
  EmbeddedAuthorisations,
  EmbeddedCall,
  EmbeddedMethod,
  EmbeddedRefused,
  EmbeddedStep,
} from '../consents/embedded-authorisations.ts'
import type { ConsentBook } from '../consents/consent-book.ts'
import type { Approval, Approvals } from '../approvals/approvals.ts'
import { subjectNamed } from '../approvals/named-subject.ts'
import { chosenAccounts } from '../screens/consent-accounts.ts'
import type { Customers } from '../screens/customers.ts'
import type { Sealing } from '../sealing.ts'
import type { Strong, StrongAsked, StrongPresentation } from '../strong/strong.ts'

export const EMBEDDED = 'embedded'
/** What is kept of one between its steps, sealed, and no longer than the customer may be idle (RTS Art. 4(3)(d)). */
export const EMBEDDED_RECORD = 'EmbeddedAuthorisation'
export const EMBEDDED_SECONDS = 300

export interface EmbeddedOptions {
  readonly methods: readonly EmbeddedMethod[]
  readonly approvals: Approvals
  readonly customers: Customers
  readonly strong: Strong
  readonly book: Pick<ConsentBook, 'peek'>
  readonly records: Pick<Adapter, 'find' | 'upsert' | 'destroy'>
  readonly sealing: Sealing
  readonly clock: Clock
}

interface Kept {
  readonly passcode: string
  readonly method?: EmbeddedMethod
  readonly transaction?: string
  /** What was shown of it. */
  readonly question?: string
}

export function embeddedAuthorisations(options: EmbeddedOptions): EmbeddedAuthorisations {
  const { methods, approvals, customers, strong, book, records, sealing, clock } = options
  const [only, ...others] = methods
  const approvalOf = ({ consent, authorisation }: EmbeddedCall): Promise<Approval | undefined> =>
    approvals.find(EMBEDDED, `${consent.id}/${authorisation}`)
  const askedOf = ({ subject, ref }: Approval, { consent }: EmbeddedCall): StrongAsked => ({
    subject,
    consent,
    journey: ref,
  })
  const keep = async (ref: string, kept: Kept): Promise<void> => {
    await records.upsert(ref, { ...kept }, EMBEDDED_SECONDS)
  }
  // Sound: it was sealed here, as `keep` has it.
  const keptOf = async (ref: string) => (await records.find(ref)) as Kept | undefined

  async function stepOf(approval: Approval): Promise<EmbeddedStep> {
    if (approval.status === 'approved') return { state: 'done' }
    if (approval.status !== 'waiting') return { state: 'failed' }
    const kept = await keptOf(approval.ref)
    if (kept === undefined) return { state: 'identified' }
    const { method, question } = kept
    return method === undefined ? { state: 'passcode-given' } : shown(method, question)
  }

  /** The transaction of this authorisation, begun or found again; `undefined`: nothing of it can be authenticated. */
  async function ask(
    approval: Approval,
    call: EmbeddedCall,
    passcode: string,
    method: EmbeddedMethod,
  ): Promise<EmbeddedStep | EmbeddedRefused> {
    const asked = askedOf(approval, call)
    // Whoever holds passcodes of others brings the code too: nothing is exempt here.
    if ((await strong.need(asked, true)) !== 'required') return 'wrong'
    const begun = await strong.begin(asked, `embedded ${approval.ref}`)
    if (begun === undefined) return 'not-now'
    // Who has nowhere to send it to is not told from who has.
    const sent = method === 'one-time-code' ? await strong.ask(asked, begun.id, method) : undefined
    if (sent === 'too-often') return 'busy'
    const question = method === 'transaction-code' ? questionOf(begun) : undefined
    const kept = { passcode, method, transaction: begun.id }
    await keep(approval.ref, question === undefined ? kept : { ...kept, question })
    return shown(method, question)
  }
  /** There is one for who has no token, too: whether somebody has one is not told. */
  function questionOf({ id, questions }: StrongPresentation): string {
    const question = questions['transaction-code']?.['question']
    if (typeof question === 'string') return question
    return Buffer.from(sealing.hashed('no token', id), 'base64url').toString('hex')
  }
  async function fail(approval: Approval): Promise<EmbeddedStep> {
    await strong.gaveUp({ journey: approval.ref })
    await approvals.answer(approval.ref, approval.subject, { approved: false, acr: '', amr: [] })
    await records.destroy(approval.ref)
    return { state: 'failed' }
  }
  async function waiting(call: EmbeddedCall): Promise<Approval | undefined> {
    const approval = await approvalOf(call)
    return approval?.status === 'waiting' ? approval : undefined
  }

  return {
    methods,
    async find(call) {
      const approval = await approvalOf(call)
      return approval && stepOf(approval)
    },
    async identify(call) {
      const { consent, authorisation, psu } = call
      const asked = await approvals.ask({
        kind: EMBEDDED,
        key: `${consent.id}/${authorisation}`,
        subject: await subjectNamed(customers, psu),
        client: consent.client,
        consent: consent.id,
        expiresAt: clock.now() + EMBEDDED_SECONDS * 1000,
      })
      const approval = asked === 'too-many' ? undefined : await approvalOf(call)
      return approval === undefined ? 'busy' : stepOf(approval)
    },
    async givePasscode(call) {
      const approval = await waiting(call)
      if (approval === undefined) return 'not-now'
      const { passcode } = call
      if (only !== undefined && others.length === 0) return ask(approval, call, passcode, only)
      const kept = await keptOf(approval.ref)
      await keep(approval.ref, { ...kept, passcode })
      return stepOf(approval)
    },
    async choose(call) {
      const approval = await waiting(call)
      const kept = approval && (await keptOf(approval.ref))
      if (approval === undefined || kept === undefined) return 'not-now'
      return ask(approval, call, kept.passcode, call.method)
    },
    async giveCode(call) {
      const approval = await waiting(call)
      const kept = approval && (await keptOf(approval.ref))
      if (approval === undefined || kept?.method === undefined || kept.transaction === undefined)
        return 'not-now'
      const asked = askedOf(approval, call)
      const outcome = await strong.verify(asked, {
        id: kept.transaction,
        answers: [
          { kind: 'passcode', value: kept.passcode },
          { kind: kept.method, value: call.code },
        ],
        network: call.network,
      })
      // A block is not told from a wrong code, nor is who is nobody.
      if (outcome.kind === 'over') return 'not-now'
      if (outcome.kind !== 'done') return 'wrong'
      const consent = await book.peek(call.consent.id)
      const theirs =
        consent && chosenAccounts(consent, await customers.accountsOf(approval.subject), undefined)
      const sca = theirs && (await strong.settled(asked))
      if (sca === undefined) return fail(approval)
      const { ref, subject } = approval
      const { amr } = outcome
      const told = await approvals.answer(ref, subject, {
        approved: true,
        acr: strong.acr,
        amr,
        sca,
      })
      await records.destroy(ref)
      return told === 'done' || told === 'waits' ? { state: 'done' } : { state: 'failed' }
    },
  }
}

function shown(method: EmbeddedMethod, question: string | undefined): EmbeddedStep {
  return { state: 'asked', method, ...(question === undefined ? {} : { question }) }
}

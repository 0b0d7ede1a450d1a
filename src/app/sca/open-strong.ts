/** Strong customer authentication in the flow of an instance: customers' elements, transactions and codes, as `sca` of the configuration has them. */
import { readFileSync } from 'node:fs'
import type { GatehouseConfig, ScaConfig } from '../../config/index.ts'
import type { Plan } from '../../decide/index.ts'
import type { StrongOptions } from '../../identity/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import type {
  CodeDesk,
  PlainFactor,
  ScaLedger,
  ScaNames,
  ScaOptions,
  Sca,
} from '../../sca/index.ts'
import type { SealingKeys, Store } from '../../store/index.ts'
import type { identityEvents } from '../identity/identity-events.ts'
import { forgetEnded } from '../forget-ended.ts'
import { apiOfAct } from './api-of-act.ts'
import { bankCodes, bankNotices, bankPush, bankSender } from './bank/bank-messages.ts'
import { bankService } from './bank/bank-service.ts'
import { putEnrolments, readEnrolments } from './development-enrolments.ts'

export interface StrongParts {
  readonly config: Pick<GatehouseConfig, 'identity' | 'sca'>
  /** Keeps what happens to elements, before it counts. */
  readonly evidence: ReturnType<typeof identityEvents>
  readonly ledger: ScaLedger
  readonly names: ScaNames
  readonly store: Store
  /** There are some where `config` has an authorization server. */
  readonly secrets: SealingKeys | undefined
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly randomBytes: (count: number) => Uint8Array
  /** In force now. */
  readonly plan: () => Pick<Plan, 'apis'>
  /** Told of what cannot be looked after. */
  readonly say: (problem: string) => void
}
export interface OpenStrong {
  /** For the authorization server; `undefined`: the login of customers is all there is. */
  readonly strong: StrongOptions | undefined
  /** Where the bank's staff has codes made with which customers enrol. */
  readonly codes: CodeDesk | undefined
  readonly stop: () => void
}

const PASSKEY_SCRIPT = new URL('../../browser/passkeys.js', import.meta.url)
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/** @throws GH_SCA_SEALED, GH_SCA_ENROLMENTS, GH_SCA_ROOTS; then nothing stays open */
export async function openStrong(parts: StrongParts): Promise<OpenStrong> {
  const { config, ledger, store, secrets, clock, scheduler, randomBytes, say } = parts
  const { identity, sca: settings } = config
  if (identity === null || settings === null || secrets === undefined)
    return { strong: undefined, codes: undefined, stop: () => undefined }
  const { openSca, scaRegisters } = await import('../../sca/index.ts')
  const sca: Sca = openSca({
    keys: secrets,
    issuer: identity.issuer,
    store,
    clock,
    randomBytes,
    ledger,
    maxFailures: settings.limits.failures,
    record: ({ what, subject, kind, by, refused }, correcting) =>
      parts.evidence.write(
        {
          action: `element-${what}`,
          outcome: refused === undefined ? 'done' : 'refused',
          by,
          subject,
          purpose: kind,
          error: refused,
        },
        correcting,
      ),
    ...factorsOf(settings),
    ...messagesOf(settings, { scheduler, say }),
  })
  if (settings.developmentEnrolments !== null)
    await putEnrolments(sca.given, readEnrolments(settings.developmentEnrolments))
  const lost = (failure: unknown): void => {
    const code = failure instanceof GatehouseError ? failure.code : 'an unexpected failure'
    say(`transactions of strong customer authentication that are over cannot be removed (${code})`)
  }
  return {
    strong: {
      acr: settings.acr,
      ...passkeysInPages(settings, identity.issuer),
      apiOf: (act) => apiOfAct(parts.plan(), act),
      transactions: sca.transactions,
      devices: sca.devices,
      enrolment: sca.enrolment,
      registers: scaRegisters({ store, clock, names: parts.names, keys: secrets, randomBytes }),
      ledger: {
        authenticated: (id, outcome, of) => ledger.authenticated(id, outcome, of),
        settle: (id, as, client) => ledger.settle(id, as, client),
        evidence: (id) => ledger.evidence(id),
        // Who is blocked is exempt from nothing (RTS Art. 4(3)(b)).
        decide: async (question) =>
          ledger.decide({ ...question, blocked: await sca.blocked(question.subject) }),
      },
    },
    codes: sca.codes,
    stop: forgetEnded({ scheduler, say: lost }, (limit) => sca.forgetEnded(limit)),
  }
}

/** Where a key may be asked for by the page that asks: its origin is one of those of the file. */
function passkeysInPages(
  { factors: { passkeys } }: ScaConfig,
  issuer: string,
): Pick<StrongOptions, 'passkeyScript'> {
  if (passkeys?.origins.includes(new URL(issuer).origin) !== true) return {}
  return { passkeyScript: readFileSync(PASSKEY_SCRIPT, 'utf8') }
}

function factorsOf({
  factors,
}: ScaConfig): Pick<ScaOptions, 'kinds' | 'transactionSuite' | 'passkeys'> {
  const { passcode, totp, transactionCode, passkeys } = factors
  const kinds = new Set<PlainFactor>()
  if (passcode) kinds.add('passcode')
  if (totp) kinds.add('totp')
  if (transactionCode !== null) kinds.add('transaction-code')
  return {
    kinds,
    ...(transactionCode === null ? {} : { transactionSuite: transactionCode.suite }),
    ...(passkeys === null ? {} : { passkeys: passkeySettings(passkeys) }),
  }
}

/** What the bank sends for us, as far as the file names it. */
function messagesOf(
  { sender, push, notices }: ScaConfig,
  parts: Pick<StrongParts, 'scheduler' | 'say'>,
): Pick<ScaOptions, 'sender' | 'sendCodes' | 'devices' | 'alertPayer'> {
  const service = sender === null ? undefined : bankService('sender', sender, parts)
  return {
    ...(service === undefined
      ? {}
      : { sender: bankSender(service), sendCodes: bankCodes(service) }),
    ...(push === null ? {} : { devices: bankPush(bankService('push', push, parts)) }),
    ...(notices === null
      ? {}
      : { alertPayer: bankNotices(bankService('notices', notices, parts)) }),
  }
}

/** @throws GH_SCA_ROOTS */
function passkeySettings({
  models,
  ...settings
}: NonNullable<ScaConfig['factors']['passkeys']>): NonNullable<ScaOptions['passkeys']> {
  if (models === null) return settings
  let text = ''
  try {
    text = readFileSync(models.roots, 'utf8')
  } catch {
    // What cannot be read holds none.
  }
  const roots = text.match(CERTIFICATE) ?? []
  if (roots.length === 0)
    throw new GatehouseError('GH_SCA_ROOTS', `${models.roots} holds no certificate`)
  return { ...settings, models: { aaguids: models.aaguids, roots } }
}

/** Strong customer authentication of an instance: decisions, governance, fraud and statistics over its store, for the legal entity that it is. */
import { randomUUID } from 'node:crypto'
import type { ScaServices } from '../../api/index.ts'
import type { GatehouseConfig } from '../../config/index.ts'
import type { EventSink, ScaEvent } from '../../events/index.ts'
import type { PseudonymKey } from '../../gateway/core/index.ts'
import { type Clock, GatehouseError, type Scheduler } from '../../lib/index.ts'
import {
  forgetDecisions,
  fraudDesk,
  governanceDesk,
  KEPT_MS,
  type ScaLedger,
  scaLedger,
  type ScaLedgerOptions,
  type ScaNames,
} from '../../sca/index.ts'
import type { Store } from '../../store/index.ts'
import type { Action } from '../control-desk.ts'
import { forgetEnded } from '../forget-ended.ts'
import { bankMonitor } from './bank/bank-monitor.ts'
import { bankPayeeCheck } from './bank/bank-payee-check.ts'
import { bankService } from './bank/bank-service.ts'
import { developmentMonitor } from './development-monitor.ts'
import { fraudAction } from './fraud-action.ts'
import { governanceActions } from './governance-actions.ts'
import { scaNames } from './names.ts'
import { scaServices } from './services.ts'
import { watchRates } from './watched-rates.ts'

export interface OpenScaLedger {
  readonly ledger: ScaLedger
  readonly names: ScaNames
  readonly actions: Readonly<
    Record<'sca-propose' | 'sca-approve' | 'sca-stop' | 'sca-fraud', Action>
  >
  readonly services: Omit<ScaServices, 'elements' | 'names' | 'registers'>
  /** What a person should know of the start, once everything was looked at. */
  readonly problems: () => Promise<readonly string[]>
  readonly stop: () => void
}

/** Fraud rates of ended quarters are looked at so often. */
export const RENEWAL_MS = 6 * 3_600_000

export interface ScaLedgerParts {
  readonly config: Pick<GatehouseConfig, 'organisation' | 'sca'>
  readonly store: Store
  readonly events: EventSink
  readonly pseudonymKey: () => PseudonymKey
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** For the record: what could not be kept, and who wanted something done with neither code nor exemption. */
  readonly say: (text: string) => void
}

export function openScaLedger(parts: ScaLedgerParts): OpenScaLedger {
  const { config, store, events, clock, scheduler, say } = parts
  const uuid = randomUUID
  const { name: entity, jurisdictions, timeZone } = config.organisation
  const jurisdiction = config.sca?.jurisdiction ?? jurisdictions[0] ?? ''
  const rule = config.sca?.developmentMonitoring ?? null
  const names = scaNames(parts.pseudonymKey)
  const common = { store, clock, entity, jurisdiction }
  const governance = governanceDesk({ ...common, uuid })
  const fraud = fraudDesk({ ...common, timeZone })
  const lost = (failure: unknown): void => {
    const code = failure instanceof GatehouseError ? failure.code : 'unknown'
    say(
      `strong customer authentication: an event or the rates of a quarter could not be kept (${code}); decisions stand`,
    )
  }
  const renew = (): void => void fraud.renew().catch(lost)
  const stopRenewing = scheduler.every(RENEWAL_MS, renew)
  const stopForgetting = forgetEnded({ scheduler, say: lost }, (limit) =>
    store.run(forgetDecisions, { before: clock.now() - KEPT_MS, limit }),
  )
  renew()
  const written = config.sca?.rates ?? null
  const rates = written === null ? undefined : watchRates(written, { clock, scheduler, say })
  return {
    ledger: scaLedger({
      ...common,
      scheduler,
      uuid,
      names,
      ...(rule === null ? {} : { monitor: developmentMonitor(rule, clock) }),
      ...bankPorts(config.sca, { scheduler, say }),
      ...(rates === undefined ? {} : { rate: rates.rate }),
      tell(news) {
        const event: ScaEvent = { v: 1, kind: 'sca', id: uuid(), ...news, code: codeOf(news.what) }
        events.append(event, 'buffered', (failure) => {
          if (failure !== undefined) lost(failure)
        })
        if (news.what === 'unauthenticated')
          say(
            `an act was to be done with neither code nor exemption, and was not: decision ${news.decision}`,
          )
      },
    }),
    names,
    actions: {
      ...governanceActions(governance),
      'sca-fraud': fraudAction(fraud),
    },
    services: scaServices({ ...common, timeZone, governance, fraud }),
    async problems() {
      await rates?.ready
      return rates?.problems() ?? []
    },
    stop() {
      rates?.stop()
      stopRenewing()
      stopForgetting()
    },
  }
}

/** Those that the file names. */
function bankPorts(
  sca: GatehouseConfig['sca'],
  parts: Pick<ScaLedgerParts, 'scheduler' | 'say'>,
): Pick<ScaLedgerOptions, 'monitor' | 'payeeCheck'> {
  const { monitoring = null, payeeCheck = null } = sca ?? {}
  return {
    ...(monitoring === null
      ? {}
      : { monitor: bankMonitor(bankService('monitoring', monitoring, parts)) }),
    ...(payeeCheck === null
      ? {}
      : { payeeCheck: bankPayeeCheck(bankService('payeeCheck', payeeCheck, parts)) }),
  }
}

function codeOf(what: ScaEvent['what']): ScaEvent['code'] {
  return what === 'unauthenticated' ? 'GH_SCA_UNAUTHENTICATED' : null
}

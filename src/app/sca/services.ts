/** What a running instance answers about strong customer authentication. Reports are read slice by slice, so that no question is long. */
import { GatehouseError, type Clock } from '../../lib/index.ts'
import type { ScaServices } from '../../api/index.ts'
import {
  findRecord,
  type FraudDesk,
  type GovernanceDesk,
  periodOf,
  readOneSlice,
  rebuildPage,
  REBUILD_RECORDS,
} from '../../sca/index.ts'
import type { Store } from '../../store/index.ts'

export function scaServices(parts: {
  readonly store: Store
  readonly clock: Clock
  readonly entity: string
  readonly jurisdiction: string
  readonly timeZone: string
  readonly governance: GovernanceDesk
  readonly fraud: FraudDesk
}): Omit<ScaServices, 'elements' | 'names' | 'registers'> {
  const { store, entity, jurisdiction, timeZone, governance, fraud } = parts
  return {
    exemptions: () => governance.list(),
    rates: () => fraud.rates(),
    async decision(id) {
      const found = await findRecord(store, id)
      if (found === undefined) throw new GatehouseError('GH_SCA_DECISION_UNKNOWN')
      return found
    },
    period(name) {
      const period = periodOf(name, timeZone)
      if (period === undefined) throw new GatehouseError('GH_SCA_PERIOD', name)
      return { entity, jurisdiction, timeZone, period }
    },
    slice: (asked) => readOneSlice(store, { entity, ...asked }),
    rebuilt: (asked) => store.run(rebuildPage, { ...asked, entity, records: REBUILD_RECORDS }),
  }
}

/**
 * What one event of strong customer authentication says about controls. An act that took place was authenticated or exempt, for nothing else
 * is let be done; what somebody wanted done with neither was kept out. What was only decided shows nothing of a payment yet.
 */
import type { ScaEvent } from '../../events/index.ts'
import type { ControlId } from '../../lib/index.ts'
import type { Sight } from './judge-event.ts'

// Sound: the catalogue has these; a test says so.
const APPLIED = 'sca-applied' as ControlId
const LINKED = 'sca-dynamic-linking' as ControlId
const GOVERNED = 'sca-exemption-governance' as ControlId
const LIMITED = 'sca-attempt-limits' as ControlId

/** At most one sight for each control. */
export function judgeSca({ what, act, outcome, exemption, code }: ScaEvent): readonly Sight[] {
  const seen = (control: ControlId, as: Sight['outcome'] = 'held'): Sight => ({
    control,
    rule: 'sca',
    outcome: as,
    code: as === 'held' ? null : code,
  })
  // What the ledger never does. A record that says it was done is of another program, or of a defect, and is told.
  const refused = outcome === 'refused' ? 'let-through' : 'held'
  const nameless = outcome === 'exempt' && exemption === null ? 'let-through' : 'held'
  switch (what) {
    case 'decided':
      // An exemption holds only while two persons approved it, monitoring is bound and no audit is due.
      return outcome === 'exempt' ? [seen(GOVERNED, nameless)] : []
    case 'authenticated':
      return act === 'remote-payment'
        ? [seen(LINKED), seen(LIMITED, refused)]
        : [seen(LIMITED, refused)]
    case 'not-authenticated':
      return [seen(LIMITED)]
    case 'attempt-refused':
      return [seen(LIMITED, 'refused')]
    case 'done':
      return [seen(APPLIED, refused === 'held' ? nameless : refused)]
    case 'unauthenticated':
      return [seen(APPLIED, 'refused')]
    case 'void':
      return []
    default:
      return what satisfies never
  }
}

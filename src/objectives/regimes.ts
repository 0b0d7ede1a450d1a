/**
 * Rule O-02: which regimes apply, from jurisdiction × entity × roles × data × features. The conditions follow `appliesWhen` of each regime in
 * the catalogue. Inside its area a regime applies as law; a regime that the bank merely follows is named by the bank and kept apart.
 * What is guidance everywhere (FAPI, FATF, SSDF) or addressed to makers of software (CRA) comes in by name only.
 */
import { dataClass, regime } from '../controls/index.ts'
import { isFinancialEntity } from './entity.ts'
import { areasOf } from './jurisdiction.ts'
import type { ApiProfile, AppliedRegime, Reason } from './objective.ts'

interface RegimeRule {
  readonly regime: string
  readonly because: string
  readonly applies: (facts: Facts) => boolean
}
interface Facts {
  readonly in: (area: string) => boolean
  readonly role: (...roles: readonly string[]) => boolean
  readonly data: (...classes: readonly string[]) => boolean
  readonly feature: (name: string) => boolean
  readonly personal: boolean
  readonly financial: boolean
  readonly swift: boolean
}

/** Access by third parties to payment accounts, and the authorisation server that it goes through. */
const paymentAccess = (f: Facts): boolean => f.role('ais', 'pis', 'cbpii', 'auth')
const valueOrCrime = (f: Facts): boolean => f.role('pis') || f.data('aml-casework')
const VALUE_OR_CRIME = 'value moves or financial-crime data is handled'

/** In the order in which they are listed; the first rule of a regime that applies gives its reason. */
const RULES: readonly RegimeRule[] = [
  {
    regime: 'eu-psd2',
    because: 'payment-account access in the EU',
    applies: (f) => f.in('EEA') && paymentAccess(f),
  },
  {
    regime: 'eu-rts-sca',
    because: 'dedicated interface and SCA rules follow PSD2',
    applies: (f) => f.in('EEA') && paymentAccess(f),
  },
  {
    regime: 'eu-dora',
    because: 'the operator is a DORA financial entity: every ICT asset counts',
    applies: (f) => f.in('EU') && f.financial,
  },
  {
    regime: 'eu-ipr',
    because: 'instant euro credit transfers',
    applies: (f) => f.in('EU') && f.role('pis') && f.feature('instant-credit-transfer'),
  },
  { regime: 'eu-aml', because: VALUE_OR_CRIME, applies: (f) => f.in('EU') && valueOrCrime(f) },
  {
    regime: 'uk-psr-rts',
    because: 'payment-account access in the UK',
    applies: (f) => f.in('UK') && paymentAccess(f),
  },
  {
    regime: 'uk-obl',
    because: 'UK Open Banking standard and operational guidelines',
    applies: (f) => f.in('UK') && (paymentAccess(f) || f.role('event')),
  },
  {
    regime: 'uk-obl',
    because: 'UK open data APIs',
    applies: (f) => f.in('UK') && f.role('open-data'),
  },
  { regime: 'uk-mlr', because: VALUE_OR_CRIME, applies: (f) => f.in('UK') && valueOrCrime(f) },
  {
    regime: 'au-cdr',
    because: 'Consumer Data Right data holder',
    applies: (f) => f.in('AU') && f.role('ais', 'open-data', 'auth'),
  },
  {
    regime: 'br-ofb',
    because: 'Open Finance Brasil participant',
    applies: (f) => f.in('BR') && (paymentAccess(f) || f.role('open-data', 'event')),
  },
  {
    regime: 'us-1033',
    because: 'covered data provider under 12 CFR part 1033',
    applies: (f) => f.in('US') && f.role('ais', 'auth'),
  },
  {
    regime: 'us-nydfs500',
    because: 'covered entity in New York',
    applies: (f) => f.in('US-NY') && f.financial,
  },
  {
    regime: 'sg-mas',
    because: 'financial institution in Singapore',
    applies: (f) => f.in('SG') && f.financial,
  },
  {
    regime: 'hk-openapi',
    because: 'retail-bank open API in Hong Kong',
    applies: (f) => f.in('HK') && (paymentAccess(f) || f.role('open-data', 'partner')),
  },
  {
    regime: 'in-rbi',
    because: 'regulated entity in India',
    applies: (f) => f.in('IN') && f.financial,
  },
  {
    regime: 'gdpr',
    because: 'personal data of people in the EU/UK',
    applies: (f) => (f.in('EEA') || f.in('UK')) && f.personal,
  },
  {
    regime: 'pci-dss',
    because: 'card data is handled',
    applies: (f) => f.data('card-pan', 'card-sad'),
  },
  {
    regime: 'swift-cscf',
    because: 'payments that feed Swift messaging',
    applies: (f) => f.swift && f.role('pis'),
  },
]

/** Regimes that apply as law, then those that the bank names as reference; a name that is unknown is left to `checkProfile`. */
export function applicableRegimes(profile: ApiProfile): {
  readonly regimes: readonly AppliedRegime[]
  readonly reasons: readonly Reason[]
} {
  const facts = factsOf(profile)
  const applied = new Map<string, AppliedRegime>()
  const reasons: Reason[] = []
  for (const rule of RULES) {
    if (applied.has(rule.regime) || !rule.applies(facts)) continue
    applied.set(rule.regime, { id: rule.regime, basis: 'law' })
    reasons.push({ rule: 'O-02', text: `${rule.regime}: ${rule.because}` })
  }
  for (const id of profile.referenceRegimes ?? []) {
    if (applied.has(id) || regime(id) === undefined) continue
    applied.set(id, { id, basis: 'reference' })
    reasons.push({ rule: 'O-02', text: `${id}: named by the bank as reference, not law here` })
  }
  return { regimes: [...applied.values()], reasons }
}

function factsOf(profile: ApiProfile): Facts {
  const areas = areasOf(profile.jurisdictions)
  return {
    in: (area) => areas.has(area),
    role: (...roles) => profile.roles.some((role) => roles.includes(role)),
    data: (...classes) => profile.dataClasses.some((id) => classes.includes(id)),
    feature: (name) => profile.features.includes(name),
    personal: holdsPersonalData(profile),
    financial: isFinancialEntity(profile.entity),
    swift: profile.entity.includes('swift-user'),
  }
}

/** Whether any declared class is data about a person. */
export function holdsPersonalData(profile: ApiProfile): boolean {
  return profile.dataClasses.some((id) => dataClass(id)?.personal === true)
}

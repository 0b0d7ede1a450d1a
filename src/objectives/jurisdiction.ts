/** From the jurisdictions a bank writes down to the areas that regimes are made for. */

// Article 52 TEU and the EEA Agreement; ISO 3166-1 alpha-2.
const EU_MEMBERS =
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' ')
const EFTA_IN_EEA = ['IS', 'LI', 'NO']

/** Jurisdictions that a rule of this module looks at; others are allowed and bring no regime as law. */
export const JURISDICTIONS: readonly string[] = 'EU EEA UK GB AU BR US US-NY SG HK IN'
  .split(' ')
  .concat(EU_MEMBERS, EFTA_IN_EEA)

/** Areas a jurisdiction lies in, itself included: `FR` is in `EU` and `EEA`, `US-NY` in `US`, `GB` is `UK`. */
export function areasOf(jurisdictions: readonly string[]): ReadonlySet<string> {
  const areas = new Set<string>()
  for (const name of jurisdictions) {
    areas.add(name)
    if (name === 'GB') areas.add('UK')
    const country = name.split('-')[0] ?? name
    areas.add(country)
    if (country === 'EU' || EU_MEMBERS.includes(country)) areas.add('EU').add('EEA')
    if (EFTA_IN_EEA.includes(country)) areas.add('EEA')
  }
  return areas
}

/** True for `EEA` and for anything shaped like an ISO 3166 code (`EU` and `UK` are): a country without rules here is no mistake. */
export function isJurisdiction(name: string): boolean {
  return name === 'EEA' || /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(name)
}

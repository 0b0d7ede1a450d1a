/**
 * What a qualified certificate says of itself: QCStatements (RFC 3739 §3.2.6), eIDAS type (ETSI EN 319 412-5 §4.2.3) and the PSD2
 * statement (ETSI TS 119 495 §5.1). A certificate that is not qualified says nothing here.
 */
import { Der, DerFault, TAG } from './der.ts'

/** ETSI TS 119 495 §5.1: account servicing, payment initiation, account information, issuing of card-based instruments. */
export type Psd2Role = 'PSP_AS' | 'PSP_PI' | 'PSP_AI' | 'PSP_IC'

export interface QcStatements {
  /** EN 319 412-5 §4.2.1: its issuer says that it is a qualified certificate of the EU. */
  readonly compliant: boolean
  /** EN 319 412-5 §4.2.3: `web` is a QWAC, `eseal` a QSEAL. Types that are not known here are left out. */
  readonly types: readonly ('esign' | 'eseal' | 'web')[]
  /** Absent: nothing is said about PSD2. */
  readonly psd2?: {
    /** Roles that are known, each once. What else is listed grants nothing and forbids nothing. */
    readonly roles: readonly Psd2Role[]
    readonly authorityName: string
    /** `GB-FCA`. */
    readonly authorityId: string
  }
}

const QC_COMPLIANCE = '0.4.0.1862.1.1'
const QC_TYPE = '0.4.0.1862.1.6'
const PSD2 = '0.4.0.19495.2'
const TYPES: ReadonlyMap<string, QcStatements['types'][number]> = new Map([
  ['0.4.0.1862.1.6.1', 'esign'],
  ['0.4.0.1862.1.6.2', 'eseal'],
  ['0.4.0.1862.1.6.3', 'web'],
])
const ROLES: ReadonlyMap<string, Psd2Role> = new Map([
  ['0.4.0.19495.1.1', 'PSP_AS'],
  ['0.4.0.19495.1.2', 'PSP_PI'],
  ['0.4.0.19495.1.3', 'PSP_AI'],
  ['0.4.0.19495.1.4', 'PSP_IC'],
])

/** Of the extension's content. @throws DerFault */
export function readQcStatements(content: Uint8Array): QcStatements {
  let compliant = false
  const types: QcStatements['types'][number][] = []
  let psd2: QcStatements['psd2']
  for (const statement of statementsOf(Der.all(content))) {
    const [id, ...rest] = statement.items()
    if (id === undefined) throw new DerFault('a statement without an identifier')
    const name = id.oid()
    if (name === QC_COMPLIANCE) compliant = true
    else if (name === QC_TYPE)
      for (const type of rest[0]?.items() ?? []) {
        const known = TYPES.get(type.oid())
        if (known !== undefined && !types.includes(known)) types.push(known)
      }
    else if (name === PSD2) {
      // Two of them could say two things.
      if (psd2 !== undefined) throw new DerFault('two PSD2 statements')
      psd2 = readPsd2(rest)
    }
  }
  return { compliant, types, ...(psd2 !== undefined && { psd2 }) }
}

/** `SEQUENCE OF QCStatement`; some issuers leave the outer SEQUENCE out, and write one statement or several one behind the other. */
function statementsOf(values: readonly Der[]): readonly Der[] {
  const [first, second] = values
  if (first === undefined) throw new DerFault('no statement')
  if (second !== undefined) return values
  const items = first.items()
  return items[0]?.tag === TAG.oid ? [first] : items
}

/** `SEQUENCE { roles, nCAName, nCAId }`, or its three members without the SEQUENCE around them. */
function readPsd2(info: readonly Der[]): NonNullable<QcStatements['psd2']> {
  const [roles, name, id] = info.length === 1 ? (info[0]?.items() ?? []) : info
  if (roles === undefined || name === undefined || id === undefined)
    throw new DerFault('a PSD2 statement without roles, name or identifier of the authority')
  const found = new Set<Psd2Role>()
  for (const role of roles.items()) {
    const [oid, label] = role.items()
    if (oid === undefined) throw new DerFault('a role without an identifier')
    const known = ROLES.get(oid.oid())
    // A role that calls itself by the name of another one is none.
    if (known !== undefined && !contradicts(known, label)) found.add(known)
  }
  return { roles: [...found], authorityName: name.text(), authorityId: id.text() }
}

function contradicts(role: Psd2Role, label: Der | undefined): boolean {
  const text = label?.text()
  return text !== role && [...ROLES.values()].some((other) => other === text)
}

/** Questions a person asks the catalogue. A word that is not known is answered with what is, never with an empty list. */
import { nearest, type Result } from '../lib/index.ts'
import { control, controls, owaspEntries, regimeFamily, regimes } from './catalogue.ts'
import type { Control } from './control.ts'

/** A name that the catalogue does not hold. */
export interface UnknownName {
  readonly kind: 'control' | 'regime' | 'owasp'
  readonly name: string
  readonly nearest?: string
  readonly allowed: readonly string[]
}

export interface ControlQuery {
  /** Controls with a clause of this regime or of one that belongs to it. */
  readonly regime?: string
  /** `API3:2019` or `API3:2023`, in any case. */
  readonly owasp?: string
}

/** Controls that answer every part of the query, in catalogue order, then a bank's own. An unknown name is a value, with the nearest known one. */
export function findControls(
  query: ControlQuery,
  own: readonly Control[] = [],
): Result<readonly Control[], UnknownName> {
  let found = controls(own)
  if (query.regime !== undefined) {
    const family = regimeFamily(query.regime)
    if (family.length === 0) return unknown('regime', query.regime, regimes().map(idOf))
    found = found.filter((entry) =>
      entry.references.regulations.some((reference) => family.includes(reference.regime)),
    )
  }
  if (query.owasp !== undefined) {
    const wanted = query.owasp.toUpperCase()
    const ids = owaspEntries().map(idOf)
    if (!ids.includes(wanted)) return unknown('owasp', query.owasp, ids)
    found = found.filter(
      ({ references }) =>
        references.owaspApi2019.includes(wanted) || references.owaspApi2023.includes(wanted),
    )
  }
  return { ok: true, value: found }
}

/** One control by id; an unknown id is a value, with the nearest known one. */
export function lookUpControl(
  id: string,
  own: readonly Control[] = [],
): Result<Control, UnknownName> {
  const found = control(id, own)
  return found === undefined
    ? unknown('control', id, controls(own).map(idOf))
    : { ok: true, value: found }
}

function idOf(entry: { readonly id: string }): string {
  return entry.id
}

function unknown(
  kind: UnknownName['kind'],
  name: string,
  allowed: readonly string[],
): { readonly ok: false; readonly error: UnknownName } {
  const close = nearest(name, allowed)
  return {
    ok: false,
    error: { kind, name, allowed, ...(close === undefined ? {} : { nearest: close }) },
  }
}

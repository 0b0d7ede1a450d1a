/** Findings of one API, and the way to close it: the first finding that closes gives the 503 its code and its reason. */
import type { ErrorCode, Place } from '../../lib/index.ts'
import type { ApiPolicySource, PolicyFinding } from '../contract.ts'

export interface Findings {
  readonly list: readonly PolicyFinding[]
  /** The API answers 503 because of it. */
  close(code: ErrorCode, text: string, place?: Place): void
  note(code: ErrorCode, severity: PolicyFinding['severity'], text: string, place?: Place): void
  add(finding: Omit<PolicyFinding, 'api'>): void
  closing(): PolicyFinding | undefined
}

export function findingsOf(source: ApiPolicySource): Findings {
  const list: PolicyFinding[] = []
  const add = (finding: Omit<PolicyFinding, 'api'>): void =>
    void list.push({ ...finding, api: source.name })
  return {
    list,
    add,
    close: (code, text, place = source.place) =>
      add({ code, severity: 'critical', text, place, closes: true }),
    note: (code, severity, text, place = source.place) =>
      add({ code, severity, text, place, closes: false }),
    closing: () => list.find(({ closes }) => closes),
  }
}

/**
 * Payments and signing baskets of the Berlin Group (NextGenPSD2 1.3 §5, §7): a client makes them for itself, and the end of their
 * authorisation releases them. They are told by their shape: a resource that is made by POST and has authorisations of its own. No
 * consent is asked for; whose a payment is, and what of it was authenticated, is judged where it is released.
 */
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import { segmentsOf } from './consents.ts'
import type { Dialect, OperationKnowledge, PaymentStep } from './dialect.ts'
import { isBerlinGroup } from './berlin-group.ts'
import { plainName } from './generic/names.ts'
import { payments } from './payments.ts'
import type { SchemaView } from './schema-view.ts'

export const berlinGroupPayments: Dialect = {
  id: 'berlin-group-payments',
  recognises: isBerlinGroupPayments,
  reader(spec, view) {
    const read = payments.reader(spec, view)
    const resources = resourcesOf(spec, view)
    return (operation) => {
      const known = read(operation)
      const found = resources.find(({ path }) => isBelow(operation, path))
      if (known === undefined || found === undefined) return known
      const step = stepOf(operation, found)
      return {
        ...known,
        dialect: 'berlin-group-payments',
        permissions: [],
        clientsOwn: true,
        ...(step !== undefined && { step }),
        gaps: step?.kind === 'released' ? withoutObject(known.gaps) : known.gaps,
      }
    }
  },
}

export function isBerlinGroupPayments(spec: Pick<ImportedSpec, 'operations'>): boolean {
  const routes = new Set(spec.operations.map(({ method, path }) => `${method} ${path}`))
  return (
    isBerlinGroup(spec) ||
    [...routes].some((route) =>
      /^POST \/v1\/\{payment-?service\}\/\{payment-?product\}$/i.test(route),
    )
  )
}

interface Resource {
  /** Of what makes it. */
  readonly path: string
  /** Path parameter and member of the answer that name it. */
  readonly parameter: string
  readonly of: PaymentStep['of']
  readonly members?: string
}

function resourcesOf({ operations }: ImportedSpec, view: SchemaView): readonly Resource[] {
  const found: Resource[] = []
  for (const operation of operations) {
    if (operation.method !== 'POST' || operation.requestBody === null) continue
    const parameter = operations.flatMap(({ path }) => parameterBelow(path, operation.path))[0]
    // Consents have authorisations too.
    if (parameter === undefined || /consent/i.test(segmentsOf(operation).at(-1) ?? '')) continue
    if (!view.declares(operation, [parameter])) continue
    const members = ['paymentIds'].find((name) =>
      view.bodies(operation).some((root) => view.child(root, name).length > 0),
    )
    const { path } = operation
    found.push(
      members === undefined
        ? { path, parameter, of: 'payment' }
        : { path, parameter, of: 'basket', members },
    )
  }
  // The longest first: a template of parameters alone fits more than it should.
  return found.sort((a, b) => b.path.length - a.path.length)
}

/** `{paymentId}` of `/…/{paymentId}/authorisations`. */
function parameterBelow(path: string, base: string): readonly string[] {
  if (!path.startsWith(`${base}/`)) return []
  const match = /^\{([^{}]+)\}\/authori[sz]ations$/i.exec(path.slice(base.length + 1))
  return match?.[1] === undefined ? [] : [match[1]]
}

function isBelow({ path }: OperationRecord, base: string): boolean {
  return path === base || path.startsWith(`${base}/`)
}

function stepOf(
  { method, path }: OperationRecord,
  { path: base, parameter, of, members }: Resource,
): PaymentStep | undefined {
  if (path === base)
    return method === 'POST'
      ? { kind: 'made', of, idIn: parameter, ...(members !== undefined && { members }) }
      : undefined
  const [, word = ''] = path.slice(base.length + 1).split('/')
  // A cancellation pays nothing.
  const ends = plainName(word) === 'authorisations' || plainName(word) === 'authorizations'
  return ends && (method === 'POST' || method === 'PUT')
    ? { kind: 'released', of, parameter }
    : undefined
}

function withoutObject(gaps: OperationKnowledge['gaps']): OperationKnowledge['gaps'] {
  return gaps.filter(({ kind }) => kind !== 'object')
}

/** All dialects, and the choice among them: the first of the template's list that recognises the specification leads. */
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import type { TemplateDocument } from '../template/document.ts'
import { berlinGroup, isBerlinGroup } from './berlin-group.ts'
import { berlinGroupPayments, isBerlinGroupPayments } from './berlin-group-payments.ts'
import { brazilPayments, isBrazilPayments } from './brazil-payments.ts'
import { cdrBanking, isCdrBanking } from './cdr-banking.ts'
import type { Dialect, OperationKnowledge } from './dialect.ts'
import { generic } from './generic/generic.ts'
import { payments } from './payments.ts'
import { type SchemaView, schemaView } from './schema-view.ts'
import { ukObie } from './uk-obie.ts'

const DIALECTS: Readonly<Record<TemplateDocument['permissionDialects'][number], Dialect>> = {
  'uk-obie-v4': ukObie,
  'berlin-group-1.3': berlinGroup,
  'berlin-group-payments': berlinGroupPayments,
  'cdr-banking': cdrBanking,
  'brazil-payments': brazilPayments,
  payments,
  generic,
}

const NOTHING: OperationKnowledge = {
  dialect: 'none',
  permissions: null,
  selectors: [],
  unless: [],
  rows: [],
  directions: {},
  directionsWhenNone: 'none',
  scopes: [],
  gaps: [],
}

/** Dialects that a template names first when it is for one scheme and no other. */
const SCHEMES: ReadonlyMap<string, (spec: Operations) => boolean> = new Map([
  ['berlin-group-1.3', isBerlinGroup],
  ['berlin-group-payments', isBerlinGroupPayments],
  ['cdr-banking', isCdrBanking],
  ['brazil-payments', isBrazilPayments],
])
type Operations = Pick<ImportedSpec, 'operations'>

/** Whether a template is for one scheme, and if so, whether the specification is of it. */
export function schemeFit(
  spec: Operations,
  { permissionDialects: [first = 'generic'] }: Pick<TemplateDocument, 'permissionDialects'>,
): 'any' | 'own' | 'other' {
  const isOwn = SCHEMES.get(first)
  if (isOwn === undefined) return 'any'
  return isOwn(spec) ? 'own' : 'other'
}

export interface Knowledge {
  readonly view: SchemaView
  readonly of: (operation: OperationRecord) => OperationKnowledge
}

export function knowledgeOf(spec: ImportedSpec, template: TemplateDocument): Knowledge {
  const view = schemaView(spec.document)
  const readers = template.permissionDialects
    .map((id) => DIALECTS[id])
    .filter((dialect) => dialect.recognises(spec))
    .map((dialect) => dialect.reader(spec, view))
  return {
    view,
    of: (operation) => {
      for (const read of readers) {
        const known = read(operation)
        if (known !== undefined) return known
      }
      return NOTHING
    },
  }
}

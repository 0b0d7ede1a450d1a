import type { Role } from '../../controls/index.ts'
import type { ImportedSpec, OperationRecord } from '../../inventory/index.ts'
import { schemeFit } from '../dialects/dialects.ts'
import { resolveTemplate } from '../template/link.ts'
import type { Template } from '../template/templates.ts'
import { refusal } from './selected-operation.ts'

export interface TemplatePurpose {
  /** Roles of the APIs it is for; empty if there is no such template. */
  readonly roles: readonly Role[]
  /** Whether it serves an operation; what it does not is denied. */
  serves(operation: OperationRecord): boolean
  /** Whether it is for one scheme, and if so, whether the specification is of it. */
  fits(spec: Pick<ImportedSpec, 'operations'>): ReturnType<typeof schemeFit>
  /** The operations that are what it is for, and, if there are any, what a client does for itself on the way there. */
  meant(operations: readonly OperationRecord[]): readonly OperationRecord[]
}

/** What the linked template is for. */
export function templatePurpose(link: string, known?: readonly Template[]): TemplatePurpose {
  const found = resolveTemplate(link, known)
  if (!found.ok) return { roles: [], serves: () => true, fits: () => 'any', meant: () => [] }
  const { roles, ...document } = found.value.document
  const serves = (operation: OperationRecord): boolean =>
    refusal(operation, { roles, ...document }, false) === undefined
  return {
    roles,
    serves,
    fits: (spec) => schemeFit(spec, document),
    meant(operations) {
      const served = operations.filter(serves)
      return served.some(({ role }) => roles.includes(role))
        ? served.filter(
            ({ role }) =>
              roles.includes(role) || (role === 'auth' && document.serves.also !== undefined),
          )
        : []
    },
  }
}

import type { Role } from '../../controls/index.ts'
import type { OperationRecord } from '../../inventory/index.ts'
import { resolveTemplate } from '../template/link.ts'
import type { Template } from '../template/templates.ts'
import { refusal } from './selected-operation.ts'

export interface TemplatePurpose {
  /** Roles of the APIs it is for; empty if there is no such template. */
  readonly roles: readonly Role[]
  /** Whether it serves an operation; what it does not is denied. */
  serves(operation: OperationRecord): boolean
}

/** What the linked template is for. */
export function templatePurpose(link: string, known?: readonly Template[]): TemplatePurpose {
  const found = resolveTemplate(link, known)
  if (!found.ok) return { roles: [], serves: () => true }
  const { document } = found.value
  return {
    roles: document.roles,
    serves: (operation) => refusal(operation, document, false) === undefined,
  }
}

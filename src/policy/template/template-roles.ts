import type { Role } from '../../controls/index.ts'
import { resolveTemplate } from './link.ts'

/** Roles of the APIs that the linked template is for; empty if there is no such template. */
export function templateRoles(link: string): readonly Role[] {
  const found = resolveTemplate(link)
  return found.ok ? found.value.document.roles : []
}

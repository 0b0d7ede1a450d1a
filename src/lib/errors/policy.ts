import type { ErrorEntry } from './catalog.ts'

export const policyErrors = {
  GH_POLICY_TEMPLATE_UNKNOWN: { status: 400, title: 'No template has this name' },
  GH_POLICY_DIGEST_MISMATCH: { status: 409, title: 'The template is not the one that was linked' },
  GH_POLICY_LOOSENS: { status: 409, title: 'A lower level may not loosen this rule' },
} as const satisfies Record<string, ErrorEntry>

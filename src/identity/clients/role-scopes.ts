/** What a third party may ask for, by its PSD2 roles: scopes and types of authorization details. */
const SCOPES: ReadonlyMap<string, string> = new Map([
  ['accounts', 'PSP_AI'],
  ['payments', 'PSP_PI'],
  ['fundsconfirmations', 'PSP_IC'],
])
const DETAILS: ReadonlyMap<string, string> = new Map([
  ['account_access', 'PSP_AI'],
  ['payment_initiation', 'PSP_PI'],
])

export interface Permitted {
  readonly scopes: readonly string[]
  readonly detailTypes: readonly string[]
}

/** `openid` is everybody's; a scope of the bank's own belongs to no role, and its operators give it. */
export function permittedBy(roles: ReadonlySet<string>, offered: readonly string[]): Permitted {
  const mine = (table: ReadonlyMap<string, string>, name: string): boolean => {
    const role = table.get(name)
    return role !== undefined && roles.has(role)
  }
  return {
    scopes: ['openid', ...offered.filter((scope) => mine(SCOPES, scope))],
    detailTypes: [...DETAILS.keys()].filter((type) => mine(DETAILS, type)),
  }
}

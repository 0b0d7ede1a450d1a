/** Webhooks (OpenAPI 3.1 §4.8.1): calls that the API makes, not calls it takes. They are no operations of it, and that is said. */
import { isJsonObject, type JsonObject } from '../../lib/index.ts'
import type { Problems } from './problems.ts'

export function listWebhooks(root: JsonObject, problems: Problems): void {
  const { webhooks } = root
  if (!isJsonObject(webhooks)) return
  const count = Object.keys(webhooks).filter((name) => !name.startsWith('x-')).length
  if (count > 0)
    problems.add({
      code: 'GH_INVENTORY_WEBHOOK',
      pointer: '/webhooks',
      part: 'key',
      message: `${count} webhook${count === 1 ? ' is a call' : 's are calls'} that the API makes to others; the gateway guards calls to the API and lets none of these in.`,
    })
}

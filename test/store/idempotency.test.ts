import { overBothStores } from './both-stores.ts'
import { idempotencyContract } from './idempotency-contract.ts'

overBothStores(idempotencyContract)

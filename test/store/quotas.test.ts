import { overBothStores } from './both-stores.ts'
import { quotasContract } from './quotas-contract.ts'

overBothStores(quotasContract)

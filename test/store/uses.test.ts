import { overBothStores } from './both-stores.ts'
import { usesContract } from './uses-contract.ts'

overBothStores(usesContract)

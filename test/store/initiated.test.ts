import { overBothStores } from './both-stores.ts'
import { initiatedContract } from './initiated-contract.ts'

overBothStores(initiatedContract)
